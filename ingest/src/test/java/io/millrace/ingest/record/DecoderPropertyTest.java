package io.millrace.ingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.ingest.config.Binding;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DecoderPropertyTest {
  private static final RecordDecoder DECODER = new RecordDecoder(FilterReader.NONE);
  private static final Origin TOPIC = new Origin.Topic("t");

  /// A random point is written with its keys in any order, random white space and unknown fields;
  /// it comes back bit for bit.
  @Test
  void a_point_comes_back_as_it_was_written_whatever_its_layout() {
    Props.forAll(
        300,
        64,
        Written::new,
        written -> {
          Decoded decoded = DECODER.decode(written.record(), TOPIC, Binding.to("c"));

          assertThat(decoded).as(written.toString()).isInstanceOf(Decoded.Operations.class);
          var upsert = (Operation.Upsert) ((Decoded.Operations) decoded).operations().getFirst();
          var point = upsert.points().getFirst();
          assertThat(point.id()).isEqualTo(written.id);
          assertThat(point.vectors()).isEqualTo(written.vectors);
          assertThat(point.payload().toString()).isEqualTo(written.payload);
        });
  }

  /// One byte of a good record is changed, cut off or doubled: it is read or refused, with no fault
  /// of ours.
  @Test
  void a_damaged_record_is_read_or_refused_and_never_a_fault_of_ours() {
    Props.forAll(
        2_000,
        24,
        (random, size) -> {
          byte[] bytes = new Written(random, size).record().value();
          int at = random.nextInt(bytes.length);
          switch (random.nextInt(3)) {
            case 0 -> bytes[at] = (byte) random.nextInt(256);
            case 1 -> bytes = java.util.Arrays.copyOf(bytes, at);
            default -> {
              byte[] more = java.util.Arrays.copyOf(bytes, bytes.length + 1);
              System.arraycopy(bytes, at, more, at + 1, bytes.length - at);
              bytes = more;
            }
          }
          return new RawRecord(1, 0, bytes.length % 2 == 0 ? null : bytes, bytes, List.of());
        },
        record -> {
          Decoded decoded = DECODER.decode(record, TOPIC, Binding.to("c"));

          if (decoded instanceof Decoded.Bad bad) {
            assertThat(bad.code())
                .as(new String(record.value(), StandardCharsets.ISO_8859_1) + "\n" + bad)
                .isNotEqualTo(Code.INTERNAL);
          }
        });
  }

  private static final class Written {
    private final PointId id;
    private final Map<String, VectorValue> vectors = new TreeMap<>();
    private final String payload;
    private final String text;

    Written(SplittableRandom random, int size) {
      this.id =
          random.nextBoolean()
              ? new PointId.Num(random.nextLong())
              : new PointId.Uuid(random.nextLong(), random.nextLong());
      List<String> named = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        String name = "v" + i;
        named.add("\"" + name + "\":" + vector(random, size, name));
      }
      this.payload = "{\"a\":" + random.nextLong() + ",\"é\":[\"\\u00e9\\\"\",{},null,1.50]}";
      List<String> fields =
          new ArrayList<>(
              List.of(
                  "\"id\":" + (id instanceof PointId.Num ? id.toString() : "\"" + id + "\""),
                  "\"vector\":{" + String.join(",", named) + "}",
                  "\"payload\":" + payload,
                  "\"unknown\":{\"id\":[1,{\"vector\":2}]}"));
      Collections.shuffle(fields, new java.util.Random(random.nextLong()));
      String space = " \n\t".substring(random.nextInt(3));
      this.text = space + "{" + String.join(space + ",", fields) + space + "}" + space;
    }

    private String vector(SplittableRandom random, int size, String name) {
      int n = 1 + random.nextInt(size + 1);
      float[] values = new float[n];
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        float value = Float.NaN;
        while (!Float.isFinite(value)) {
          value = Float.intBitsToFloat(random.nextInt());
        }
        values[i] = value;
        texts.add(random.nextBoolean() ? Float.toString(value) : Double.toString(value));
      }
      switch (random.nextInt(3)) {
        case 0 -> {
          vectors.put(name, new VectorValue.Dense(values));
          return "[" + String.join(" , ", texts) + "]";
        }
        case 1 -> {
          vectors.put(name, new VectorValue.Multi(n, values));
          return "[[" + String.join(",", texts) + "]]";
        }
        default -> {
          int[] indices = new int[n];
          List<String> indexTexts = new ArrayList<>();
          for (int i = 0; i < n; i++) {
            indices[i] = 3 * i;
            indexTexts.add("" + indices[i]);
          }
          vectors.put(name, new VectorValue.Sparse(indices, values));
          Collections.reverse(indexTexts);
          Collections.reverse(texts);
          return "{\"values\":["
              + String.join(",", texts)
              + "],\"indices\":["
              + String.join(",", indexTexts)
              + "]}";
        }
      }
    }

    RawRecord record() {
      return new RawRecord(1, 0, null, text.getBytes(StandardCharsets.UTF_8), List.of());
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
