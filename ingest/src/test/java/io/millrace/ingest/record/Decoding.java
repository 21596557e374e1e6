package io.millrace.ingest.record;

import io.millrace.ingest.config.Binding;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Words for the tables of the decoder.
final class Decoding {
  private Decoding() {}

  static final Origin TOPIC = new Origin.Topic("products");
  static final Filter FILTER =
      Filter.must(new io.millrace.model.Condition.HasVector("stands for any filter"));

  /// Takes any object for the same filter.
  static final FilterReader ANY_FILTER =
      parser -> {
        parser.skipChildren();
        return FILTER;
      };

  static Decoded decode(Binding binding, RawRecord record) {
    return new RecordDecoder(ANY_FILTER).decode(record, TOPIC, binding);
  }

  static Binding to(String collection) {
    return Binding.to(collection);
  }

  static Binding named(String allow) {
    return Binding.named(List.of(allow));
  }

  static RawRecord value(String value) {
    return record(null, value);
  }

  static RawRecord record(String key, String value) {
    return new RawRecord(1, 0, bytes(key), bytes(value), List.of());
  }

  static RawRecord raw(int... value) {
    byte[] bytes = new byte[value.length];
    for (int i = 0; i < value.length; i++) {
      bytes[i] = (byte) value[i];
    }
    return new RawRecord(1, 0, null, bytes, List.of());
  }

  static RawRecord withHeader(RawRecord record, String name, String value) {
    List<RawRecord.Header> headers = new ArrayList<>(record.headers());
    headers.add(new RawRecord.Header(name, bytes(value)));
    return new RawRecord(
        record.number(), record.timestampMillis(), record.key(), record.value(), headers);
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  static Decoded operations(String collection, Operation... operations) {
    return new Decoded.Operations(collection, List.of(operations));
  }

  static Operation delete(PointId... ids) {
    return new Operation.Delete(ids(ids));
  }

  static Operation upsert(Point... points) {
    return new Operation.Upsert(List.of(points));
  }

  static Selection ids(PointId... ids) {
    return new Selection.Ids(List.of(ids));
  }

  static PointId num(long value) {
    return PointId.of(value);
  }

  static VectorValue dense(float... values) {
    return new VectorValue.Dense(values);
  }

  static Decoded.Bad bad(Decoded decoded) {
    if (decoded instanceof Decoded.Bad bad) {
      return bad;
    }
    throw new AssertionError("not refused: " + decoded);
  }

  static Code code(Decoded decoded) {
    return bad(decoded).code();
  }
}
