package io.millrace.ingest.record;

import io.millrace.ingest.config.Binding;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Change events of databases in Debezium's envelope:
///
/// ```
/// op   c, r, u  upsert of `after`: a point, or by the mapping
///      d        delete of the id in `before`, else of the one in the key
///      t        refused, or delete of all points where the binding allows it
///      m        a message: nothing to do
/// ```
final class ChangeEvents {
  private final RestReaders readers;
  private final Binding binding;
  private final Optional<MappingReader> mapping;
  private final EnvelopeReader.Headers headers;

  ChangeEvents(
      RestReaders readers,
      Binding binding,
      Optional<MappingReader> mapping,
      EnvelopeReader.Headers headers) {
    this.readers = readers;
    this.binding = binding;
    this.mapping = mapping;
    this.headers = headers;
  }

  /// Whether the parts are such an envelope.
  static boolean isOne(JsonPart.Obj root) {
    return root.fields().get("op") instanceof JsonPart.Raw raw
        && raw.text().startsWith('"')
        && (root.fields().containsKey("before") || root.fields().containsKey("after"));
  }

  /// Empty when there is nothing to do.
  Optional<EnvelopeReader.Content> read(Text text, RawRecord record) {
    JsonPart.Obj root = JsonPart.read(text, Set.of("/source"));
    String op =
        new String(
            JsonPart.text(required(root, "/op")).bytes(), java.nio.charset.StandardCharsets.UTF_8);
    return switch (op) {
      case "\"c\"", "\"r\"", "\"u\"" -> Optional.of(upsert(root, record));
      case "\"d\"" -> Optional.of(delete(root, record));
      case "\"t\"" -> {
        if (!binding.reading().allowTruncate()) {
          throw new BadRecord(
              Code.OP_INVALID, "/op", "The table was truncated; allow_truncate would delete all");
        }
        yield Optional.of(
            content(List.of(new Operation.Delete(new Selection.Matching(Filter.ALL)))));
      }
      case "\"m\"" -> Optional.empty();
      default -> throw new BadRecord(Code.OP_INVALID, "/op", "There is no change " + op);
    };
  }

  private static EnvelopeReader.Content content(List<Operation> operations) {
    return new EnvelopeReader.Content(Optional.empty(), Optional.empty(), operations);
  }

  private static JsonPart required(JsonPart.Obj root, String pointer) {
    return JsonPart.present(root, pointer)
        .orElseThrow(() -> new BadRecord(Code.OP_INVALID, pointer, "The change has no " + pointer));
  }

  private EnvelopeReader.Content upsert(JsonPart.Obj root, RawRecord record) {
    Text after = JsonPart.text(required(root, "/after"));
    try {
      if (mapping.isPresent()) {
        return switch (mapping
            .get()
            .read(mapping.get().parts(after), Optional.of(root), record, headers, readers)) {
          case MappingReader.Mapped.Change(var id, var operations) ->
              new EnvelopeReader.Content(Optional.empty(), Optional.of(id), operations);
          case MappingReader.Mapped.Dropped() -> content(List.of());
        };
      }
      EnvelopeReader.Content point =
          new EnvelopeReader(readers, binding.strict(), headers)
              .read(after)
              .orElseThrow(() -> new BadRecord(Code.OP_INVALID, "", "The change is empty"));
      if (point.id().isEmpty()) {
        throw new BadRecord(
            Code.UNKNOWN_SHAPE, "", "The row has no 'id'; a 'mapping' would tell where it is");
      }
      return point;
    } catch (BadRecord inside) {
      throw inside.under("/after");
    }
  }

  private EnvelopeReader.Content delete(JsonPart.Obj root, RawRecord record) {
    Optional<Text> before = JsonPart.present(root, "/before").map(JsonPart::text);
    if (mapping.isPresent()) {
      MappingReader rules = mapping.get();
      Optional<JsonPart.Obj> row =
          before.map(rules::parts).or(() -> KeyReader.object(record.key()).map(rules::parts));
      return content(rules.delete(row, Optional.of(root), record, headers));
    }
    Optional<PointId> id =
        before
            .map(Text::bytes)
            .flatMap(bytes -> KeyReader.read(bytes, Binding.KeyFormat.TEXT).id())
            .or(() -> KeyReader.of(record.key(), binding.keyFormat()).id());
    PointId found =
        id.orElseThrow(() ->
            new BadRecord(
                Code.TOMBSTONE_NO_ID, "/before", "Neither 'before' nor the key name a point"));
    Operation delete = new Operation.Delete(new Selection.Ids(List.of(found)));
    return content(Versions.of(List.of(delete), headers.version().map(Versions::ofHeader)));
  }
}
