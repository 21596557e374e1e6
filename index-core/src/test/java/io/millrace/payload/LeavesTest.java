package io.millrace.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LeavesTest {
  private static List<String> leaves(String payload) {
    List<String> seen = new ArrayList<>();
    new Leaves(
            new Leaves.Sink() {
              @Override
              public void kind(LeafPath path, Leaves.Kind kind) {
                seen.add(path + " " + kind);
              }

              @Override
              public void several(LeafPath path) {
                seen.add(path + " several");
              }

              @Override
              public void length(LeafPath path, int elements) {
                seen.add(path + " length " + elements);
              }

              @Override
              public void text(LeafPath path, byte[] bytes, int from, int to) {
                seen.add(
                    path + " text " + new String(bytes, from, to - from, StandardCharsets.UTF_8));
              }

              @Override
              public void whole(LeafPath path, byte[] bytes, int from, int to) {
                seen.add(
                    path
                        + " whole "
                        + new String(bytes, from, to - from, StandardCharsets.US_ASCII));
              }

              @Override
              public void number(LeafPath path, double value) {
                seen.add(path + " number " + value);
              }

              @Override
              public void integral(LeafPath path, long value) {
                seen.add(path + " integral " + value);
              }

              @Override
              public void uuid(LeafPath path, PointId value) {
                seen.add(path + " uuid " + value);
              }

              @Override
              public void bool(LeafPath path, boolean value) {
                seen.add(path + " bool " + value);
              }

              @Override
              public void date(LeafPath path, long epochMicros) {
                seen.add(path + " date " + epochMicros);
              }
            })
        .walk(PayloadBytes.of(payload));
    return seen;
  }

  @Test
  void an_array_shows_its_elements_at_two_paths() {
    assertThat(leaves("{\"a\":[1,{\"k\":\"x\"}],\"b\":null}"))
        .containsExactlyInAnyOrder(
            "a ARRAY",
            "a length 2",
            "a several",
            "a whole 1",
            "a number 1.0",
            "a[] SINGLE",
            "a[] SINGLE",
            "a[] several",
            "a[] several",
            "a[] whole 1",
            "a[] number 1.0",
            "a[].k SINGLE",
            "a[].k several",
            "a[].k text x",
            "b NULL");
  }

  @Test
  void scalars_show_every_kind_they_can_be_asked_as() {
    assertThat(leaves("{\"d\":\"1970-01-02\",\"e\":\"\\u00e9\",\"f\":5.0,\"t\":true}"))
        .containsExactly(
            "d SINGLE",
            "d text 1970-01-02",
            "d date 86400000000",
            "e SINGLE",
            "e text é",
            "f SINGLE",
            "f integral 5",
            "f number 5.0",
            "t SINGLE",
            "t bool true");
  }

  @Test
  void every_text_that_reads_as_a_date_is_one() {
    for (String text : new String[] {"1970-1-2", " 1970-01-02", "\u00a01970-1-2 0:0"}) {
      assertThat(leaves("{\"d\":\"" + text + "\"}")).contains("d date 86400000000");
    }
    for (String text : new String[] {"1970", "-", "19700-1-2", "1970-1-x", "", "\u00a0"}) {
      assertThat(leaves("{\"d\":\"" + text + "\"}")).hasSize(2);
    }
  }

  @Test
  void kinds_of_arrays_tell_where_null_is() {
    assertThat(leaves("{\"a\":[],\"b\":[null],\"c\":[null,0],\"d\":[[]]}"))
        .contains("a EMPTY_ARRAY", "b ARRAY_OF_NULLS", "c ARRAY_WITH_NULL", "d ARRAY")
        .contains("d[] EMPTY_ARRAY")
        .doesNotContain("b several", "c several", "d several");
  }

  @Test
  void a_key_that_no_path_can_name_is_left_out() {
    assertThat(leaves("{\"a\\\"b\":{\"c\":1},\"x y\":{\"\":true}}"))
        .containsExactly("\"x y\" SINGLE", "\"x y\".\"\" SINGLE", "\"x y\".\"\" bool true");
  }

  @Test
  void a_path_is_the_same_for_the_payload_and_for_the_filter() {
    String longKey = "k".repeat(LeafPath.MAX_BYTES - 1);
    for (String text :
        new String[] {"a", "a.b", "a[]", "a[][].\"x y\"[]", longKey, longKey + ".b[].c.d"}) {
      LeafPath path = LeafPath.root();
      for (PayloadPath.Step step : PayloadPath.parse(text).steps()) {
        path = step instanceof PayloadPath.Step.Key(var k) ? path.child(k) : path.elements();
      }
      assertThat(LeafPath.of(PayloadPath.parse(text))).contains(path);
    }
    assertThat(LeafPath.of(PayloadPath.parse("a.b[]")).orElseThrow()).hasToString("a.b[]");
    assertThat(LeafPath.of(PayloadPath.parse("a[0].b"))).isEmpty();
  }

  @Test
  void long_paths_stay_apart_and_short() {
    String longKey = "k".repeat(3_000);
    LeafPath one = LeafPath.of(PayloadPath.parse(longKey + ".a")).orElseThrow();
    LeafPath other = LeafPath.of(PayloadPath.parse(longKey + ".b")).orElseThrow();

    assertThat(one).isNotEqualTo(other);
    assertThat(one.form().length).isEqualTo(33 + 2);
    assertThat(LeafPath.of(PayloadPath.parse(longKey)).orElseThrow().form()).startsWith(0xFF);
  }

  // Hashing the key for each of the values would take far longer.
  @Test
  @Timeout(60)
  void a_long_key_above_many_values_costs_its_length_once() {
    String payload = "{\"" + "k".repeat(1 << 20) + "\":[" + "1,".repeat(200_000) + "{\"a\":1}]}";

    assertThat(leaves(payload).size()).isGreaterThan(1_000_000);
  }
}
