package io.millrace.ingest.record;

import io.millrace.ingest.config.Binding;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import java.util.List;
import java.util.Optional;

/// The door of the package: one record in, operations or a reason out. Pure, safe for use by
/// several threads.
public final class RecordDecoder {
  private final FilterReader filters;

  public RecordDecoder(FilterReader filters) {
    this.filters = filters;
  }

  public Decoded decode(RawRecord record, Origin origin, Binding binding) {
    if (record.fault().isPresent()) {
      return record.fault().get();
    }
    try {
      return decoded(record, origin, binding);
    } catch (BadRecord bad) {
      return bad.toBad();
    } catch (RuntimeException ourFault) {
      return new Decoded.Bad(Code.INTERNAL, "", ourFault.toString());
    }
  }

  private Decoded decoded(RawRecord record, Origin origin, Binding binding) {
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
      return tombstone(record, origin, binding);
    }
    Text text = Text.of(value);
    EnvelopeReader.Headers headers =
        record.headers().isEmpty()
            ? EnvelopeReader.Headers.NONE
            : new EnvelopeReader.Headers(
                record.header("millrace-op"),
                record.header("millrace-update-mode"),
                record.header("millrace-version"));
    Optional<EnvelopeReader.Content> content =
        new EnvelopeReader(filters, binding.strict(), headers).read(text);
    if (content.isEmpty()) {
      return tombstone(record, origin, binding);
    }
    EnvelopeReader.Content found = content.get();
    found.id().ifPresent(id -> checkKey(record, binding, id));
    String collection =
        CollectionName.of(binding, record, origin, found.collection(), Optional.of(text));
    return new Decoded.Operations(collection, found.operations());
  }

  private static Decoded tombstone(RawRecord record, Origin origin, Binding binding) {
    byte[] bytes = record.key();
    KeyReader.Key key =
        bytes == null ? KeyReader.Key.NONE : KeyReader.read(bytes, binding.keyFormat());
    PointId id =
        key.id()
            .orElseThrow(() ->
                new BadRecord(
                    Code.TOMBSTONE_NO_ID, "", "There is no value, and the key names no point"));
    Optional<Text> keyText;
    try {
      keyText = bytes == null ? Optional.empty() : Optional.of(Text.of(bytes));
    } catch (BadRecord binaryKey) {
      keyText = Optional.empty();
    }
    String collection = CollectionName.of(binding, record, origin, key.collection(), keyText);
    return new Decoded.Operations(
        collection, List.of(new Operation.Delete(new Selection.Ids(List.of(id)))));
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
