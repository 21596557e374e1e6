package io.millrace.model;

import java.time.Duration;

/// Everything that can go wrong in a way somebody outside can act on. The message is a sentence for
/// that person, in Qdrant's words where it has them and without the prefix that tells the kind.
public abstract sealed class Failure extends RuntimeException
    permits BadInput,
        Failure.NotFound,
        Failure.AlreadyExists,
        Failure.TooMuch,
        Failure.TimedOut,
        Failure.Unavailable,
        Failure.StorageFull,
        Failure.Damaged {
  Failure(String message) {
    super(message);
  }

  Failure(String message, Throwable cause) {
    super(message, cause);
  }

  public static final class NotFound extends Failure {
    public NotFound(String message) {
      super(message);
    }

    public static NotFound collection(String name) {
      return new NotFound("Collection `" + name + "` doesn't exist!");
    }

    public static NotFound point(PointId id) {
      return new NotFound("No point with id " + id + " found");
    }
  }

  public static final class AlreadyExists extends Failure {
    public AlreadyExists(String message) {
      super(message);
    }
  }

  /// More work than is taken on now; try again after the given time.
  public static final class TooMuch extends Failure {
    private final Duration retryAfter;

    public TooMuch(String message, Duration retryAfter) {
      super(message);
      this.retryAfter = retryAfter;
    }

    public Duration retryAfter() {
      return retryAfter;
    }
  }

  public static final class TimedOut extends Failure {
    public TimedOut(String message) {
      super(message);
    }
  }

  /// A part that is needed is not there at the moment; trying again may help.
  public static final class Unavailable extends Failure {
    public Unavailable(String message) {
      super(message);
    }

    public Unavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// No space left for a write; reads and deletes go on.
  public static final class StorageFull extends Failure {
    public StorageFull(String message) {
      super(message);
    }
  }

  /// Something on disk is not what was written there; names the file.
  public static final class Damaged extends Failure {
    public Damaged(String message) {
      super(message);
    }

    public Damaged(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
