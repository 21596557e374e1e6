package io.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

class VectorJsonTest {
  private static final JsonFactory PLAIN = new JsonFactory();
  private static final VectorJsonFactory AHEAD =
      new VectorJsonFactory(StreamReadConstraints.defaults());

  /// What a reader makes of a document: the lists in it, and how it ended.
  private record Outcome(List<List<Integer>> listsOfBits, String end) {}

  private static Outcome read(JsonParser parser) {
    List<List<Integer>> lists = new ArrayList<>();
    try (JsonParser p = parser) {
      for (JsonToken t = p.nextToken(); t != null; t = p.nextToken()) {
        if (t == JsonToken.START_ARRAY) {
          List<Integer> bits = new ArrayList<>();
          lists.add(bits);
          float[] floats = list(p);
          for (float f : floats) {
            bits.add(Float.floatToRawIntBits(f));
          }
        }
      }
      return new Outcome(lists, "end");
    } catch (JacksonException e) {
      return new Outcome(
          lists, e.getOriginalMessage() + " in " + parser.streamReadContext().pathAsPointer());
    }
  }

  /// As readers of vectors do it.
  private static float[] list(JsonParser p) {
    float[] floats = new float[3];
    int n = 0;
    for (JsonToken t = p.nextToken(); t != JsonToken.END_ARRAY; t = p.nextToken()) {
      if (n == floats.length) {
        floats = Arrays.copyOf(floats, 2 * n);
      }
      floats[n++] = t.isNumeric() ? p.getFloatValue() : Float.NaN;
      n = VectorJsonFactory.numbersAhead(p, floats, n);
    }
    return Arrays.copyOf(floats, n);
  }

  private static JsonParser parser(JsonFactory factory, String json) {
    return factory.createParser(ObjectReadContext.empty(), json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void numbers_and_errors_are_those_of_the_plain_parser() {
    Props.forAll(
        3_000,
        60,
        VectorJsonTest::document,
        json -> {
          Outcome expected = read(parser(PLAIN, json));
          assertThat(read(parser(AHEAD, json))).isEqualTo(expected);
          byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
          assertThat(
                  read(
                      AHEAD.createParser(
                          ObjectReadContext.empty(), new ByteArrayInputStream(utf8))))
              .isEqualTo(expected);
        });
  }

  @Test
  void numbers_on_both_sides_of_a_middle_round_to_the_nearest() {
    Props.forAll(
        2_000,
        1,
        (r, size) -> {
          float lower = Float.intBitsToFloat(r.nextInt(0x0080_0000, 0x7e80_0000));
          BigDecimal middle =
              new BigDecimal(lower).add(new BigDecimal(Math.nextUp(lower))).divide(BigDecimal.TWO);
          BigDecimal step = middle.movePointLeft(r.nextInt(8, 24));
          return switch (r.nextInt(3)) {
            case 0 -> middle.toString();
            case 1 -> middle.add(step).toString();
            default -> middle.subtract(step).toString();
          };
        },
        text ->
            assertThat(list(at("[1," + text + "]"))[1]).as(text).isEqualTo(Float.parseFloat(text)));
  }

  @Test
  void a_list_is_run_through_in_one_go() {
    JsonParser p = at("[1, -2.5,3e-2,0.12345678901234567,0.0000001]");
    p.nextToken();
    float[] floats = new float[10];

    assertThat(VectorJsonFactory.numbersAhead(p, floats, 1)).isEqualTo(5);
    assertThat(floats).startsWith(0, -2.5f, 0.03f, 0.12345678901234567f, 1e-7f);
    assertThat(p.nextToken()).isEqualTo(JsonToken.END_ARRAY);
  }

  @Test
  void the_array_that_is_given_is_never_overrun() {
    JsonParser p = at("[1,2,3,4]");
    p.nextToken();
    float[] floats = new float[2];

    assertThat(VectorJsonFactory.numbersAhead(p, floats, 1)).isEqualTo(2);
    p.nextToken();
    assertThat(p.getFloatValue()).isEqualTo(3);
    assertThat(p.streamReadContext().pathAsPointer().toString()).isEqualTo("/2");
  }

  private static JsonParser at(String json) {
    JsonParser p = parser(AHEAD, json);
    p.nextToken();
    return p;
  }

  private static String document(SplittableRandom r, int size) {
    StringBuilder json = new StringBuilder("{");
    int lists = r.nextInt(1, 4);
    for (int i = 0; i < lists; i++) {
      json.append(i == 0 ? "" : ",").append("\"l").append(i).append("\":[");
      int n = r.nextInt(20 * size + 1);
      for (int k = 0; k < n; k++) {
        json.append(k == 0 ? "" : r.nextInt(50) == 0 ? " , " : r.nextBoolean() ? "," : ", ");
        json.append(number(r));
      }
      json.append(']');
    }
    json.append('}');
    if (r.nextInt(4) == 0 && json.length() > 3) {
      int at = r.nextInt(json.length());
      json.setCharAt(at, "0-.eE+,] \n\"x[{".charAt(r.nextInt(14)));
    }
    return json.toString();
  }

  private static String number(SplittableRandom r) {
    float f = Float.intBitsToFloat(r.nextInt());
    double d = Double.longBitsToDouble(r.nextLong());
    return switch (r.nextInt(14)) {
      case 0 -> Float.isFinite(f) ? Float.toString(f) : "1";
      case 1 -> Double.isFinite(d) ? Double.toString(d) : "2";
      case 2 -> Double.toString(r.nextGaussian(0, 1));
      case 3 -> Float.toString((float) r.nextGaussian(0, 0.05));
      case 4 -> Double.toString((float) r.nextGaussian(0, 0.05));
      case 5 -> Long.toString(r.nextLong() >> r.nextInt(64));
      case 6 -> String.format(Locale.ROOT, "%.8f", r.nextDouble());
      case 7 -> String.format(Locale.ROOT, "%." + r.nextInt(1, 40) + "f", r.nextDouble());
      case 8 -> String.format(Locale.ROOT, "%." + r.nextInt(1, 20) + "e", r.nextDouble(-2, 2));
      case 9 -> Long.toUnsignedString(r.nextLong()) + Long.toUnsignedString(r.nextLong());
      case 10 -> "0." + "0".repeat(r.nextInt(60)) + r.nextInt(1, 1000);
      case 11 -> r.nextBoolean() ? "-0" : "-0.0e7";
      case 12 -> r.nextInt(100) + "E" + (r.nextBoolean() ? "+" : "-") + r.nextInt(60);
      default -> Integer.toString(r.nextInt(-5, 5));
    };
  }
}
