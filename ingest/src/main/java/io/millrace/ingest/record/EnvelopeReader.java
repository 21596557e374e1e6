package io.millrace.ingest.record;

import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The value of a record that is a JSON object: a point, an operation or a list of operations.
///
/// One pass reads every field that any shape could need, since `id` may stand behind a long vector.
/// Only when that pass finds a fault is the shape told from the keys alone and the text read again
/// for that shape, so that a fault in a field which the shape does not have is none.
final class EnvelopeReader {

  /// What the headers of the record say; they beat the value.
  record Headers(Optional<String> op, Optional<String> updateMode, Optional<String> version) {
    static final Headers NONE = new Headers(Optional.empty(), Optional.empty(), Optional.empty());
  }

  /// @param id of a point; empty for operations
  /// @param changeEvent the text, if it is a database's change event and not read here
  record Content(
      Optional<String> collection,
      Optional<PointId> id,
      List<Operation> operations,
      Optional<Text> changeEvent) {
    Content(Optional<String> collection, Optional<PointId> id, List<Operation> operations) {
      this(collection, id, operations, Optional.empty());
    }
  }

  private final RestReaders readers;
  private final boolean strict;
  private final Headers headers;
  private final VectorReader vectors;

  EnvelopeReader(RestReaders readers, boolean strict, Headers headers) {
    this.readers = readers;
    this.vectors = new VectorReader(readers);
    this.strict = strict;
    this.headers = headers;
  }

  /// Throws [BadRecord]. Empty when the value is `null`, bare or inside Connect's wrapper.
  Optional<Content> read(Text text) {
    try {
      return unwrapped(text, 0);
    } catch (JacksonException e) {
      throw syntax(e);
    }
  }

  static BadRecord syntax(JacksonException e) {
    Code code =
        e instanceof tools.jackson.core.exc.StreamConstraintsException
            ? Code.TOO_LARGE
            : Code.JSON_SYNTAX;
    var at = e.getLocation();
    String where = at == null || at.getByteOffset() < 0 ? "" : " (byte " + at.getByteOffset() + ")";
    return new BadRecord(code, "", e.getOriginalMessage() + where);
  }

  private Optional<Content> unwrapped(Text text, int depth) {
    if (isNull(text)) {
      return Optional.empty();
    }
    Fields fields = new Fields(text);
    Fields complete = fields;
    try {
      fields.readAll(Optional.empty());
      if (fields.seen.size() != 2 || !fields.seen.contains("schema")) {
        return Optional.of(fields.content(fields.shape()));
      }
    } catch (BadRecord firstFault) {
      complete = new Fields(text);
    }
    Shape.Scan scan = Shape.scan(text);
    if (scan.wrapped().isPresent() && depth == 0) {
      return unwrapped(scan.wrapped().get(), 1);
    }
    if (complete != fields) {
      complete.readAll(Optional.of(scan.shape()));
    }
    return Optional.of(complete.content(scan.shape()));
  }

  private static boolean isNull(Text text) {
    try (JsonParser p = text.parser()) {
      return p.nextToken() == JsonToken.VALUE_NULL && p.nextToken() == null;
    }
  }

  /// The top-level fields, as far as they were read.
  private final class Fields {
    private final Text text;
    private final Set<String> seen = new HashSet<>();
    private final PointFields point = new PointFields();
    private final OperationReader operationReader;
    private final List<List<Operation>> single = new ArrayList<>();
    private @Nullable List<Operation> list;
    private @Nullable String collection;
    private @Nullable String op;
    private @Nullable String updateMode;
    private @Nullable Long version;
    private @Nullable Filter updateFilter;
    private @Nullable String unknown;
    private boolean changeEvent;

    Fields(Text text) {
      this.text = text;
      this.operationReader = new OperationReader(text, readers.filters(), vectors);
    }

    /// @param only read the fields of that shape; empty = of all shapes
    void readAll(Optional<Shape> only) {
      try (JsonParser p = text.parser()) {
        if (p.nextToken() != JsonToken.START_OBJECT) {
          throw Json.bad(p, Code.UNKNOWN_SHAPE, "A record is an object, not " + Json.kind(p));
        }
        boolean asPoint = only.isEmpty() || only.get() == Shape.POINT;
        boolean asOperation = only.isEmpty() || only.get() == Shape.OPERATION;
        boolean asList = only.isEmpty() || only.get() == Shape.LIST;
        while (p.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = p.currentName();
          if (!seen.add(name)) {
            throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The key is given twice");
          }
          JsonToken value = p.nextToken();
          if (name.equals("version")) {
            version = Versions.read(p);
            continue;
          }
          boolean known =
              name.equals("collection_name")
                  ? collection(p)
                  : asPoint && pointField(name, p)
                      || asOperation && operationField(name, value, p)
                      || asList && listField(name, value, p);
          if (!known) {
            p.skipChildren();
            changeEvent |= name.equals("before") || name.equals("after");
            if (unknown == null) {
              unknown = name;
            }
          }
        }
        Shape.endOfText(p);
      }
    }

    private boolean collection(JsonParser p) {
      if (p.currentToken() != JsonToken.VALUE_NULL) {
        collection = Json.text(p, Code.COLLECTION_NOT_ALLOWED);
      }
      return true;
    }

    private boolean pointField(String name, JsonParser p) {
      switch (name) {
        case "op" -> op = Json.text(p, Code.OP_UNKNOWN);
        case "update_mode" -> updateMode = orNull(p);
        case "update_filter" -> {
          if (p.currentToken() != JsonToken.VALUE_NULL) {
            updateFilter = operationReader.filter(p);
          }
        }
        case "shard_key" -> p.skipChildren();
        default -> {
          return point.read(name, p, text, vectors);
        }
      }
      return true;
    }

    private @Nullable String orNull(JsonParser p) {
      return p.currentToken() == JsonToken.VALUE_NULL ? null : Json.text(p, Code.OP_INVALID);
    }

    private boolean operationField(String name, JsonToken value, JsonParser p) {
      if (value != JsonToken.START_OBJECT || !OperationReader.KINDS.contains(name)) {
        return false;
      }
      single.add(operationReader.read(name, p));
      return true;
    }

    private boolean listField(String name, JsonToken value, JsonParser p) {
      if (value != JsonToken.START_ARRAY || !name.equals("operations")) {
        return false;
      }
      List<Operation> operations = new ArrayList<>();
      while (p.nextToken() != JsonToken.END_ARRAY) {
        if (p.currentToken() != JsonToken.START_OBJECT
            || p.nextToken() != JsonToken.PROPERTY_NAME) {
          throw Json.bad(p, Code.OP_INVALID, "An operation is an object with one key, its kind");
        }
        String kind = p.currentName();
        if (!OperationReader.KINDS.contains(kind)) {
          throw Json.bad(p, Code.OP_UNKNOWN, "There is no operation '" + kind + "'");
        }
        if (p.nextToken() != JsonToken.START_OBJECT) {
          throw Json.bad(p, Code.OP_INVALID, "The operation is an object, not " + Json.kind(p));
        }
        operations.addAll(operationReader.read(kind, p));
        if (p.nextToken() != JsonToken.END_OBJECT) {
          throw Json.bad(p, Code.OP_INVALID, "An operation is an object with one key, its kind");
        }
      }
      list = operations;
      return true;
    }

    Shape shape() {
      if (point.hasId()) {
        return Shape.POINT;
      }
      if (!single.isEmpty()) {
        return Shape.OPERATION;
      }
      return list != null
          ? Shape.LIST
          : op != null && changeEvent ? Shape.CHANGE_EVENT : Shape.UNKNOWN;
    }

    Content content(Shape shape) {
      if (strict && unknown != null && shape != Shape.UNKNOWN) {
        throw new BadRecord(
            Code.UNKNOWN_FIELD, "/" + unknown, "The binding is strict and the field is unknown");
      }
      List<Operation> operations =
          switch (shape) {
            case POINT -> List.of(pointOperation());
            case OPERATION -> {
              if (single.size() != 1) {
                throw new BadRecord(
                    Code.OP_INVALID, "", "One operation per record, or a list in 'operations'");
              }
              yield single.getFirst();
            }
            case LIST -> list == null ? List.of() : list;
            case CHANGE_EVENT -> List.of();
            case UNKNOWN ->
                throw new BadRecord(
                    Code.UNKNOWN_SHAPE,
                    "",
                    "The object has neither 'id', nor one of the operations, nor 'operations'");
          };
      Optional<PointId> id = shape == Shape.POINT ? Optional.of(point.id()) : Optional.empty();
      Optional<Long> ofRecord = headers.version().map(Versions::ofHeader);
      return new Content(
          Optional.ofNullable(collection),
          id,
          Versions.of(operations, ofRecord.or(() -> Optional.ofNullable(version))),
          shape == Shape.CHANGE_EVENT ? Optional.of(text) : Optional.empty());
    }

    private Operation pointOperation() {
      Selection.Ids id = new Selection.Ids(List.of(point.id()));
      String kind = headers.op().orElse(op == null ? "upsert" : op);
      return switch (kind) {
        case "upsert" ->
            new Operation.Upsert(
                List.of(point.toPoint()),
                OperationReader.precondition(
                    headers.updateMode().orElse(updateMode), updateFilter, ""));
        case "delete" -> new Operation.Delete(id);
        case "set_payload" -> {
          if (headers.op().isEmpty() || !point.hasPayload()) {
            throw headers.op().isEmpty()
                ? unknownOperation(kind)
                : new BadRecord(Code.OP_INVALID, "", "'payload' is missing");
          }
          yield new Operation.SetPayload(id, point.payload(), Optional.empty());
        }
        default -> throw unknownOperation(kind);
      };
    }
  }

  private static BadRecord unknownOperation(String kind) {
    return new BadRecord(
        Code.OP_UNKNOWN, "/op", "There is no operation '" + kind + "' for a point");
  }
}
