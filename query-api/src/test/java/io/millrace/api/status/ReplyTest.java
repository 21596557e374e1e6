package io.millrace.api.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.millrace.model.PointId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReplyTest {
  private static String said(Failure failure) {
    Reply reply = Reply.to(failure);
    String after =
        reply.retryAfterSeconds().isPresent()
            ? " after " + reply.retryAfterSeconds().getAsInt()
            : "";
    return reply.status() + " " + reply.text() + after;
  }

  @Test
  void every_failure_has_its_code_and_words() {
    assertThat(said(BadInput.format("x"))).isEqualTo("400 Format error in JSON body: x");
    assertThat(said(BadInput.wrong("x"))).isEqualTo("400 Wrong input: x");
    assertThat(said(BadInput.badRequest("x"))).isEqualTo("400 Bad request: x");
    assertThat(said(new BadInput(BadInput.Kind.VALIDATION, BadInput.Rule.OTHER, "a: b")))
        .isEqualTo("422 Validation error in JSON body: [a: b]");
    assertThat(said(BadInput.dimension(4, 3, "")))
        .isEqualTo("400 Wrong input: Vector dimension error: expected dim: 4, got 3");
    assertThat(said(Failure.NotFound.collection("c")))
        .isEqualTo("404 Not found: Collection `c` doesn't exist!");
    assertThat(said(Failure.NotFound.point(PointId.of(-1))))
        .isEqualTo("404 Not found: No point with id 18446744073709551615 found");
    assertThat(said(new Failure.AlreadyExists("Collection `c` already exists!")))
        .isEqualTo("409 Wrong input: Collection `c` already exists!");
    assertThat(said(new Failure.TimedOut("x"))).isEqualTo("408 Timeout: x");
    assertThat(said(new Failure.Unavailable("x")))
        .isEqualTo("503 Service temporarily unavailable: x after 1");
    assertThat(said(new Failure.StorageFull("x"))).isEqualTo("507 Insufficient storage: x");
    assertThat(said(new Failure.Damaged("x"))).isEqualTo("500 Service internal error: x");
  }

  @Test
  void retry_after_lies_between_1_and_9() {
    assertThat(said(new Failure.TooMuch("x", Duration.ZERO))).isEqualTo("429 x after 1");
    assertThat(said(new Failure.TooMuch("x", Duration.ofMillis(2_001)))).isEqualTo("429 x after 3");
    assertThat(said(new Failure.TooMuch("x", Duration.ofHours(1)))).isEqualTo("429 x after 9");
  }
}
