package io.millrace.ingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.config.Binding;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Faults of ours while a record is read.
class InternalFaultTest {
  private static final RawRecord BY_FILTER = Decoding.value("{\"delete\":{\"filter\":{}}}");

  private final AtomicInteger tries = new AtomicInteger();

  @Test
  void a_fault_of_the_moment_is_tried_again() {
    assertThat(failing(2).decode(BY_FILTER, Decoding.TOPIC, Binding.to("c")))
        .isInstanceOf(Decoded.Operations.class);
    assertThat(tries).hasValue(3);
  }

  @Test
  void one_that_stays_is_refused_after_three_tries_with_its_stack_trace() {
    Decoded.Bad bad =
        Decoding.bad(failing(1_000).decode(BY_FILTER, Decoding.TOPIC, Binding.to("c")));

    assertThat(tries).hasValue(3);
    assertThat(bad.code()).isEqualTo(Code.INTERNAL);
    assertThat(bad.message()).isEqualTo("java.lang.IllegalStateException: ours");
    assertThat(bad.trace())
        .startsWith("java.lang.IllegalStateException: ours\n\tat " + getClass().getName());
  }

  @Test
  void what_the_record_is_to_blame_for_is_tried_once_and_has_none() {
    RecordDecoder decoder = failing(0);
    Decoded.Bad bad =
        Decoding.bad(decoder.decode(Decoding.value("{"), Decoding.TOPIC, Binding.to("c")));
    assertThat(bad.code()).isEqualTo(Code.JSON_SYNTAX);
    assertThat(bad.trace()).isEmpty();
  }

  private RecordDecoder failing(int times) {
    return new RecordDecoder(parser -> {
      if (tries.incrementAndGet() <= times) {
        throw new IllegalStateException("ours");
      }
      return Decoding.ANY_FILTER.read(parser);
    });
  }
}
