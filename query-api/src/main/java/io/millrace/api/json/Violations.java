package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Values out of range found while a body is read. They are reported together, and only if the
/// whole body could be read, because a format error wins over them. Beside them the body may ask
/// for what its endpoint will refuse.
public final class Violations {
  /// More are counted as found but not named.
  private static final int NAMED = 16;

  private final List<String> found = new ArrayList<>();
  private @Nullable Failure refusal;

  public void add(At at, String message) {
    if (found.size() < NAMED) {
      found.add(at + ": " + message);
    }
  }

  /// Reports `value` if it lies outside `[min, max]`, both unsigned.
  public void range(At at, long value, long min, long max) {
    if (Long.compareUnsigned(value, min) < 0 || Long.compareUnsigned(value, max) > 0) {
      String bounds =
          max == -1L
              ? Long.toUnsignedString(min) + " or larger"
              : "from " + Long.toUnsignedString(min) + " to " + Long.toUnsignedString(max);
      add(at, "value " + Long.toUnsignedString(value) + " invalid, must be " + bounds);
    }
  }

  /// Reports `value` if it lies outside `[min, max]`; an infinite `max` is no bound.
  public void range(At at, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      String bounds =
          max == Double.POSITIVE_INFINITY ? min + " or larger" : "from " + min + " to " + max;
      add(at, "value " + value + " invalid, must be " + bounds);
    }
  }

  /// What the endpoint's work would fail with, however right the body is. The first one counts.
  void refuseLater(Failure failure) {
    if (refusal == null) {
      refusal = failure;
    }
  }

  public Optional<Failure> refusal() {
    return Optional.ofNullable(refusal);
  }

  /// Throws if anything was found.
  public void check() {
    if (!found.isEmpty()) {
      throw new BadInput(BadInput.Kind.VALIDATION, BadInput.Rule.OTHER, String.join("; ", found));
    }
  }
}
