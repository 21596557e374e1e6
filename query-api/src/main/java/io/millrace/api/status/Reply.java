package io.millrace.api.status;

import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.time.Duration;
import java.util.OptionalInt;

/// The answer to a request that failed (behaviour of Qdrant 1.19, kinds of errors).
///
/// @param text for the person who sent the request
/// @param isImmediate whether it failed before work began; the answer then says it took no time
/// @param retryAfterSeconds 1 to 9 where we choose it: one digit is all that some clients read; a
///   collection's rate limit says how long it really takes
public record Reply(
    int status,
    String text,
    boolean plainText,
    boolean isImmediate,
    OptionalInt retryAfterSeconds) {

  private static Reply of(int status, String text) {
    return new Reply(status, text, false, false, OptionalInt.empty());
  }

  private static Reply immediate(int status, String text) {
    return new Reply(status, text, false, true, OptionalInt.empty());
  }

  private static Reply later(int status, String text, Duration after) {
    long seconds = after.plusMillis(999).toSeconds();
    return new Reply(status, text, false, false, OptionalInt.of((int) Math.clamp(seconds, 1, 9)));
  }

  public static Reply to(Fault fault) {
    OptionalInt retryAfter =
        fault.retryAfterSeconds().isPresent()
            ? OptionalInt.of((int) Math.min(fault.retryAfterSeconds().getAsLong(), 3_600))
            : OptionalInt.empty();
    return new Reply(fault.status(), fault.text(), fault.isPlainText(), true, retryAfter);
  }

  public static Reply to(Failure failure) {
    String text = String.valueOf(failure.getMessage());
    return switch (failure) {
      case BadInput bad ->
          switch (bad.kind()) {
            case FORMAT -> immediate(400, "Format error in JSON body: " + text);
            case WRONG_INPUT -> of(400, "Wrong input: " + text);
            case BAD_REQUEST -> of(400, "Bad request: " + text);
            case INFERENCE -> of(400, text);
            case VALIDATION -> immediate(422, "Validation error in JSON body: [" + text + "]");
          };
      case Failure.NotFound _ -> of(404, "Not found: " + text);
      case Failure.AlreadyExists _ -> of(409, "Wrong input: " + text);
      case Failure.TooMuch much -> later(429, text, much.retryAfter());
      case Failure.TimedOut _ -> of(408, "Timeout: " + text);
      case Failure.Unavailable _ ->
          later(503, "Service temporarily unavailable: " + text, Duration.ofSeconds(1));
      case Failure.StorageFull _ -> of(507, "Insufficient storage: " + text);
      case Failure.Damaged _ -> of(500, "Service internal error: " + text);
    };
  }

  /// For what nobody foresaw. Details are in the log, not in the answer.
  public static Reply toUnexpected() {
    return of(500, "Service internal error: an unexpected error, see the server's log");
  }
}
