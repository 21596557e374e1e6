package io.millrace.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.millrace.ModelGenerators;
import io.millrace.Props;
import io.millrace.frame.Frame;
import io.millrace.log.wire.Wire;
import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EntryCodecPropertyTest {

  @Test
  void every_entry_comes_back_as_it_was() {
    Set<Class<?>> kinds = new HashSet<>();
    Props.forAll(
        3_000,
        40,
        (r, size) ->
            new LogEntry(
                ModelGenerators.anyLong(r),
                ModelGenerators.operations(r, size),
                ModelGenerators.spans(r, size),
                ModelGenerators.anyLong(r)),
        entry -> {
          entry.operations().forEach(operation -> kinds.add(operation.getClass()));
          assertThat(decode(encode(entry))).isEqualTo(entry);
        });
    assertThat(kinds).hasSize(8);
  }

  @Test
  void every_kind_of_condition_comes_back_as_it_was() {
    Set<Class<?>> kinds = new HashSet<>();
    Props.forAll(
        3_000,
        30,
        (r, size) -> ModelGenerators.condition(r, size, 3),
        condition -> {
          kinds.add(condition.getClass());
          Filter filter = Filter.must(condition);
          assertThat(FilterCodec.decode(FilterCodec.encode(filter))).isEqualTo(filter);
        });
    assertThat(kinds).hasSize(Condition.class.getPermittedSubclasses().length);
  }

  @Test
  void the_generated_reader_agrees_with_the_places_in_the_head() throws Exception {
    byte[] frame = EncodedBatch.of(List.of(upsert(3)), List.of()).frame(0x0102030405060708L, -5);
    Frame.putLong(frame, EntryCodec.FORCED_AT, 77);
    byte[] body = Arrays.copyOfRange(frame, Frame.HEAD_BYTES, frame.length);

    Wire.Entry entry = Wire.Entry.parseFrom(body);

    assertThat(entry.getFirstSequence()).isEqualTo(0x0102030405060708L);
    assertThat(entry.getForcedBytes()).isEqualTo(77);
    assertThat(entry.getTimeMillis()).isEqualTo(-5);
    assertThat(entry.getOperationCount()).isEqualTo(1);
    assertThat(entry.toByteArray()).isEqualTo(body);
    assertThat(EntryCodec.head(body, 0, body.length))
        .hasValue(new EntryCodec.Head(0x0102030405060708L, 77, -5, 1));
    assertThat(EntryCodec.head(body, 0, EntryCodec.HEAD_BYTES - 1)).isEmpty();
  }

  @Test
  void a_small_entry_has_these_bytes() {
    Point point =
        new Point(
            PointId.of(7),
            Map.of("", new VectorValue.Dense(1f, -2f)),
            PayloadBytes.of("{\"a\":1}"));
    LogEntry entry =
        new LogEntry(5, List.of(new Operation.Upsert(List.of(point))), List.of(), 1_000);

    assertThat(HexFormat.of().formatHex(encode(entry)))
        .isEqualTo(
            ("09 0500000000000000" // first sequence
                    + "11 0000000000000000" // forced bytes
                    + "19 e803000000000000" // time
                    + "25 01000000" // operations
                    + "32 24 0a 22" // operation: upsert
                    + "0a 20" // point
                    + "0a 09 000000000000000007" // id
                    + "12 07 7b2261223a317d" // payload
                    + "1a 0a 12 08 0000803f 000000c0") // vector: dense
                .replace(" ", ""));
  }

  /// A map's own order differs from process to process.
  @Test
  void vectors_stand_in_the_order_of_their_names() throws Exception {
    Map<String, VectorValue> vectors = new TreeMap<>();
    for (int i = 10; i < 40; i++) {
      vectors.put("v" + i, new VectorValue.Dense(i));
    }

    Wire.Entry wire =
        Wire.Entry.parseFrom(encode(entry(new Point(PointId.of(1), vectors, PayloadBytes.EMPTY))));

    assertThat(wire.getOperations(0).getUpsert().getPoints(0).getVectorsList())
        .extracting(vector -> vector.getName().toStringUtf8())
        .isEqualTo(List.copyOf(vectors.keySet()));
  }

  @Test
  void not_a_number_keeps_its_bits() throws Exception {
    float odd = Float.intBitsToFloat(0x7FC12345);
    LogEntry entry =
        entry(new Point(PointId.of(1), Map.of("", new VectorValue.Dense(odd)), PayloadBytes.EMPTY));

    Operation.Upsert back = (Operation.Upsert) decode(encode(entry)).operations().get(0);

    VectorValue.Dense dense = (VectorValue.Dense) back.points().get(0).vectors().get("");
    assertThat(Float.floatToRawIntBits(dense.values()[0])).isEqualTo(0x7FC12345);
  }

  @Test
  void a_text_of_any_chars_comes_back_as_it_was() {
    Props.forAll(
        2_000,
        30,
        (r, size) -> {
          StringBuilder b = new StringBuilder();
          for (int i = 0; i < size; i++) {
            b.append(
                switch (r.nextInt(4)) {
                  case 0 -> (char) (0xD800 + r.nextInt(0x800));
                  case 1 -> (char) ('a' + r.nextInt(26));
                  case 2 -> (char) r.nextInt(0x10000);
                  default -> (char) (0xCF00 + r.nextInt(0x400));
                });
          }
          return b.toString();
        },
        text -> assertThat(Wtf8.decode(Wtf8.encode(text))).isEqualTo(text));
    assertThat(Wtf8.encode("\uD83D")).isEqualTo(ByteString.fromHex("eda0bd"));
    assertThat(Wtf8.encode("😀é")).isEqualTo(ByteString.copyFromUtf8("😀é"));
    assertThatThrownBy(() -> Wtf8.decode(ByteString.fromHex("ff")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_filter_as_deep_as_allowed_comes_back_and_one_level_more_is_refused() {
    Filter deep = nested(FilterCodec.MAX_FILTER_DEPTH);
    LogEntry entry =
        new LogEntry(0, List.of(new Operation.Delete(new Selection.Matching(deep))), List.of(), 0);
    assertThat(decode(encode(entry))).isEqualTo(entry);

    Operation tooDeep =
        new Operation.Delete(new Selection.Matching(nested(FilterCodec.MAX_FILTER_DEPTH + 1)));
    assertThatThrownBy(() -> EncodedBatch.of(List.of(tooDeep), List.of()))
        .isInstanceOf(BadInput.class);
  }

  private static Filter nested(int levels) {
    Filter filter = Filter.ALL;
    for (int i = 1; i < levels; i++) {
      filter =
          new Filter(
              List.of(),
              List.of(),
              List.of(),
              java.util.Optional.of(
                  new Filter.MinShould(List.of(new Condition.Clause(filter)), 1)));
    }
    return filter;
  }

  @Test
  void a_batch_larger_than_a_frame_is_refused() {
    PayloadBytes large = new PayloadBytes(new byte[33 << 20]);
    Point point = new Point(PointId.of(1), Map.of(), large);

    assertThatThrownBy(
            () -> EncodedBatch.of(List.of(new Operation.Upsert(List.of(point, point))), List.of()))
        .isInstanceOfSatisfying(
            BadInput.class, e -> assertThat(e.rule()).isEqualTo(BadInput.Rule.TOO_LARGE));
  }

  private static LogEntry entry(Point point) {
    return new LogEntry(0, List.of(new Operation.Upsert(List.of(point))), List.of(), 0);
  }

  private static Operation upsert(int dimension) {
    return new Operation.Upsert(
        List.of(
            new Point(
                PointId.of(1),
                Map.of("", new VectorValue.Dense(new float[dimension])),
                PayloadBytes.EMPTY)));
  }

  static byte[] encode(LogEntry entry) {
    byte[] frame =
        EncodedBatch.of(entry.operations(), entry.positions())
            .frame(entry.firstSequence(), entry.timeMillis());
    return Arrays.copyOfRange(frame, Frame.HEAD_BYTES, frame.length);
  }

  static LogEntry decode(byte[] body) {
    try {
      byte[] shifted = new byte[body.length + 3]; // as in a buffer: not from 0
      System.arraycopy(body, 0, shifted, 3, body.length);
      LogEntry entry = EntryCodec.decode(shifted, 3, body.length);
      Arrays.fill(shifted, (byte) 0x55); // and the buffer is used again
      return entry;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
