package io.millrace.ingest.record;

import io.millrace.inference.Embedder;
import io.millrace.inference.EmbeddingModel.WhenFull;
import io.millrace.inference.Embeddings;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Mapping;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// The door of the package: one record in, operations or a reason out. Pure, safe for use by
/// several threads.
public final class RecordDecoder {
  private static final Logger LOG = LoggerFactory.getLogger(RecordDecoder.class);

  /// A fault of ours may be one of the moment.
  private static final int TRIES = 3;

  /// Of a stack trace: some hundred calls.
  private static final int TRACE_CHARS = 16 << 10;

  private static final int MAX_LOGGED = 100;

  private final Set<String> logged = ConcurrentHashMap.newKeySet(); // faults of ours, by place
  private final FilterReader filters;
  private final InferenceReader inference;
  private final Optional<Embedder> embedder;
  private final Forms forms;
  private final Optional<Redirect> redirect;
  private final Map<Mapping, MappingReader> mappings = new ConcurrentHashMap<>();

  /// Without a schema registry.
  public RecordDecoder(FilterReader filters) {
    this(filters, Optional.empty(), InferenceReader.NONE, Optional.empty(), Optional.empty());
  }

  /// @param schemas where schemas of values are looked up
  /// @param embedder makes vectors of texts
  /// @param redirect of what is read
  public RecordDecoder(
      FilterReader filters,
      Optional<Schemas> schemas,
      InferenceReader inference,
      Optional<Embedder> embedder,
      Optional<Redirect> redirect) {
    this.filters = filters;
    this.inference = inference;
    this.embedder = embedder;
    this.forms = new Forms(schemas);
    this.redirect = redirect;
  }

  /// What takes the texts of records that are decoded together.
  public Embeddings embeddings() {
    return new Embeddings(embedder, WhenFull.WAIT);
  }

  /// Whether a record needs something that no record can get here: vectors of its texts, while no
  /// embedder is configured. That is for the operator to mend, not for the sender.
  public boolean isNotYetPossible(Decoded decoded) {
    return embedder.isEmpty()
        && decoded instanceof Decoded.Bad bad
        && bad.code() == Code.NEEDS_EMBEDDER;
  }

  /// One record that stands alone. Throws [Failure.Unavailable] when a schema cannot be asked for,
  /// or a text not be embedded, now.
  public Decoded decode(RawRecord record, Origin origin, Binding binding) {
    Embeddings embeddings = embeddings();
    Decoded decoded = decode(record, origin, binding, embeddings);
    embeddings.make();
    return decoded;
  }

  /// Throws [Failure.Unavailable] when a schema cannot be asked for now.
  ///
  /// @param embeddings the operations are complete when they are made
  public Decoded decode(RawRecord record, Origin origin, Binding binding, Embeddings embeddings) {
    for (int left = TRIES - 1; ; left--) {
      try {
        Decoded read = read(record, origin, binding, embeddings);
        return redirect.isEmpty() ? read : redirect.get().of(read);
      } catch (Failure.Unavailable registry) {
        throw registry;
      } catch (RuntimeException ourFault) {
        if (left == 0) {
          return internal(ourFault);
        }
      }
    }
  }

  /// Logged once for each place in the code, since the next records may all have it.
  private Decoded internal(RuntimeException ourFault) {
    StackTraceElement[] calls = ourFault.getStackTrace();
    String place = calls.length == 0 ? ourFault.getClass().getName() : calls[0].toString();
    if (logged.size() < MAX_LOGGED && logged.add(place)) {
      LOG.error(
          "A record cannot be read because of a fault of ours, its dead letter has the stack trace"
              + " fault={} place={}",
          ourFault.getClass().getName(),
          place);
    }
    return new Decoded.Bad(Code.INTERNAL, "", ourFault.toString(), trace(ourFault));
  }

  /// As Java prints it, cut.
  private static String trace(Throwable fault) {
    StringBuilder text = new StringBuilder();
    String before = "";
    Throwable at = fault;
    while (at != null && text.length() < TRACE_CHARS) {
      text.append(before).append(at).append('\n');
      for (StackTraceElement call : at.getStackTrace()) {
        text.append("\tat ").append(call).append('\n');
      }
      before = "Caused by: ";
      at = at.getCause();
    }
    return text.substring(0, Math.min(text.length(), TRACE_CHARS));
  }

  private Decoded read(RawRecord record, Origin origin, Binding binding, Embeddings embeddings) {
    if (record.fault().isPresent()) {
      return record.fault().get();
    }
    embeddings.mean(binding.reading().model());
    try {
      return decoded(record, origin, binding, new RestReaders(filters, inference, embeddings));
    } catch (BadRecord bad) {
      return bad.toBad();
    }
  }

  private Decoded decoded(RawRecord record, Origin origin, Binding binding, RestReaders readers) {
    byte[] value = record.value();
    int keyBytes = record.key() == null ? 0 : record.key().length;
    int valueBytes = value == null ? 0 : value.length;
    if ((long) keyBytes + valueBytes > binding.recordBytes()) {
      throw new BadRecord(
          Code.TOO_LARGE,
          "",
          "The record has "
              + (keyBytes + valueBytes)
              + " bytes, "
              + binding.recordBytes()
              + " are allowed");
    }
    if (value == null || value.length == 0) {
      return tombstone(
          record,
          origin,
          binding,
          new EnvelopeReader.Headers(
              Optional.empty(), Optional.empty(), record.header("millrace-version")));
    }
    EnvelopeReader.Headers headers =
        record.headers().isEmpty()
            ? EnvelopeReader.Headers.NONE
            : new EnvelopeReader.Headers(
                record.header("millrace-op"),
                record.header("millrace-update-mode"),
                record.header("millrace-version"));
    return switch (forms.of(record, value, binding, readers)) {
      case Form.Json(Text text) -> json(text, record, origin, binding, headers, readers);
      case Form.Change(var operations, var named) -> {
        String collection = CollectionName.of(binding, record, origin, named, Optional.empty());
        yield new Decoded.Operations(
            collection, Versions.of(operations, headers.version().map(Versions::ofHeader)));
      }
    };
  }

  private Decoded json(
      Text text,
      RawRecord record,
      Origin origin,
      Binding binding,
      EnvelopeReader.Headers headers,
      RestReaders readers) {
    Optional<MappingReader> mapping =
        binding
            .reading()
            .mapping()
            .map(rules -> mappings.computeIfAbsent(rules, MappingReader::new));
    if (mapping.isPresent()) {
      try {
        return mapped(text, 0, mapping.get(), record, origin, binding, headers, readers);
      } catch (JacksonException e) {
        throw EnvelopeReader.syntax(e);
      }
    }
    Optional<EnvelopeReader.Content> content =
        new EnvelopeReader(readers, binding.strict(), headers).read(text);
    if (content.isEmpty()) {
      return tombstone(record, origin, binding, headers);
    }
    EnvelopeReader.Content found = content.get();
    if (found.changeEvent().isPresent()) {
      content =
          new ChangeEvents(readers, binding, mapping, headers)
              .read(found.changeEvent().get(), record);
      if (content.isEmpty()) {
        return new Decoded.Dropped(Decoded.Dropped.Why.SKIPPED);
      }
      found = content.get();
    } else {
      found.id().ifPresent(id -> checkKey(record, binding, id));
    }
    String collection =
        CollectionName.of(binding, record, origin, found.collection(), Optional.of(text));
    return new Decoded.Operations(collection, found.operations());
  }

  /// With a mapping only absent values, change events and raw records are known: a raw record may
  /// look like an envelope by accident.
  private Decoded mapped(
      Text text,
      int depth,
      MappingReader mapping,
      RawRecord record,
      Origin origin,
      Binding binding,
      EnvelopeReader.Headers headers,
      RestReaders readers) {
    if (text.isNull()) {
      return tombstone(record, origin, binding, headers);
    }
    JsonPart.Obj root = mapping.parts(text);
    if (depth == 0
        && root.fields().size() == 2
        && root.fields().containsKey("schema")
        && root.fields().containsKey("payload")) {
      Text payload = JsonPart.text(java.util.Objects.requireNonNull(root.fields().get("payload")));
      return mapped(payload, 1, mapping, record, origin, binding, headers, readers);
    }
    List<Operation> operations;
    if (ChangeEvents.isOne(root)) {
      operations =
          new ChangeEvents(readers, binding, Optional.of(mapping), headers)
              .read(text, record)
              .map(EnvelopeReader.Content::operations)
              .orElse(List.of());
    } else {
      operations =
          switch (mapping.read(root, Optional.empty(), record, headers, readers)) {
            case MappingReader.Mapped.Change(var id, var changes) -> {
              checkKey(record, binding, id);
              yield changes;
            }
            case MappingReader.Mapped.Dropped() -> List.of();
          };
    }
    if (operations.isEmpty()) {
      return new Decoded.Dropped(Decoded.Dropped.Why.SKIPPED);
    }
    String collection =
        CollectionName.of(binding, record, origin, Optional.empty(), Optional.of(text));
    return new Decoded.Operations(collection, operations);
  }

  private Decoded tombstone(
      RawRecord record, Origin origin, Binding binding, EnvelopeReader.Headers headers) {
    byte[] bytes = record.key();
    Optional<Text> keyText;
    try {
      keyText = bytes == null ? Optional.empty() : Optional.of(Text.of(bytes));
    } catch (BadRecord binaryKey) {
      keyText = Optional.empty();
    }
    KeyReader.Key key = KeyReader.of(bytes, binding.keyFormat());
    Optional<PointId> mapped = mappedKey(record, binding);
    PointId id =
        mapped
            .or(key::id)
            .orElseThrow(() ->
                new BadRecord(
                    Code.TOMBSTONE_NO_ID, "", "There is no value, and the key names no point"));
    String collection = CollectionName.of(binding, record, origin, key.collection(), keyText);
    Operation delete = new Operation.Delete(new Selection.Ids(List.of(id)));
    return new Decoded.Operations(
        collection, Versions.of(List.of(delete), headers.version().map(Versions::ofHeader)));
  }

  /// What a mapping makes of a key alone: its rules for keys, or those for values when the key is
  /// an object with the same names.
  private Optional<PointId> mappedKey(RawRecord record, Binding binding) {
    if (binding.reading().mapping().isEmpty()) {
      return Optional.empty();
    }
    MappingReader rules =
        mappings.computeIfAbsent(binding.reading().mapping().get(), MappingReader::new);
    JsonPart.Obj parts =
        KeyReader.object(record.key())
            .map(rules::parts)
            .orElseGet(() -> new JsonPart.Obj(new java.util.LinkedHashMap<>()));
    try {
      return Optional.of(rules.id(parts, record));
    } catch (BadRecord noId) {
      return Optional.empty();
    }
  }

  private static void checkKey(RawRecord record, Binding binding, PointId id) {
    if (binding.key() == Binding.KeyRule.IGNORE) {
      return;
    }
    byte[] key = record.key();
    Optional<PointId> named =
        key == null ? Optional.empty() : KeyReader.read(key, binding.keyFormat()).id();
    if (!named.equals(Optional.of(id))) {
      throw new BadRecord(
          Code.KEY_ID_MISMATCH,
          "/id",
          "The key names " + named.map(PointId::toString).orElse("no point") + ", the value " + id);
    }
  }
}
