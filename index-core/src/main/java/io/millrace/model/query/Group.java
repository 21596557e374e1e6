package io.millrace.model.query;

import io.millrace.model.Hit;
import java.util.List;

/// Hits that share a value.
public record Group(Key key, List<Hit> hits) {
  public Group {
    hits = List.copyOf(hits);
  }

  /// The value of a group.
  public sealed interface Key {
    record Text(String value) implements Key {}

    /// An integer of any size, as its canonical text.
    record Number(String digits) implements Key {}
  }
}
