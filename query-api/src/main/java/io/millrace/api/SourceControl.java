package io.millrace.api;

import java.time.Duration;
import java.util.List;

/// What the API asks of the sources of records, in the same process or over a link.
public interface SourceControl {
  /// A server without sources.
  SourceControl NONE =
      question -> {
        if (question.kind() == Kind.LIST) {
          return "[]";
        }
        throw new io.millrace.model.Failure.NotFound(
            "There is no source '" + question.source() + "'");
      };

  /// The answer as JSON text. Throws [io.millrace.model.Failure].
  String ask(Question question);

  enum Kind {
    /// A list of all sources with their streams.
    LIST,
    /// One of them, with its configuration.
    DESCRIBE,
    /// Makes or replaces one; the body is its configuration.
    PUT,
    DELETE,
    /// The names are streams; none = all.
    PAUSE,
    RESUME,
    /// The body says where its streams begin again.
    RESET,
    /// What a record would do; the body is the record.
    TRY_RECORD,
    /// Refused records, newest first; the body says which.
    DEAD_LETTERS,
    /// Tries refused records again; the body says which and how.
    REPLAY,
    /// Shows refused records no more; the body says which.
    PURGE,
    /// Waits until positions are searchable: the names are these, the body a collection or empty.
    AWAIT
  }

  /// @param source `""` where none is meant
  /// @param body JSON or `""`
  record Question(Kind kind, String source, String body, List<String> names, Duration patience) {
    public Question {
      names = List.copyOf(names);
    }

    public static Question of(Kind kind, String source, String body) {
      return new Question(kind, source, body, List.of(), Duration.ZERO);
    }
  }
}
