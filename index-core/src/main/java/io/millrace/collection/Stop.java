package io.millrace.collection;

import io.millrace.model.Failure;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why nothing is written to a collection any more, once there is a reason. It stays.
///
/// Set by the apply thread when it fails, or by whoever discards the collection; asked by any
/// thread.
final class Stop {
  private volatile @Nullable Failure why;

  boolean isSet() {
    return why != null;
  }

  Optional<Failure> why() {
    return Optional.ofNullable(why);
  }

  void set(Failure reason) {
    why = reason;
  }

  /// Throws the reason if there is one.
  void check() {
    Failure reason = why;
    if (reason != null) {
      throw again(reason);
    }
  }

  /// The same failure for another caller: exceptions are not shared between threads.
  static Failure again(Failure failure) {
    String text = String.valueOf(failure.getMessage());
    return switch (failure) {
      case Failure.StorageFull f -> new Failure.StorageFull(text);
      case Failure.NotFound _ -> new Failure.NotFound(text);
      case Failure.Damaged f -> new Failure.Damaged(text, f);
      default -> new Failure.Unavailable(text, failure);
    };
  }
}
