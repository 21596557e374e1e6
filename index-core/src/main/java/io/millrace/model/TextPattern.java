package io.millrace.model;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A regular expression as it was given. Who matches with it keeps its compiled form here, so that
/// it is compiled once per condition.
public final class TextPattern {
  private final String source;
  private volatile @Nullable Object compiled;

  public TextPattern(String source) {
    this.source = source;
  }

  public String source() {
    return source;
  }

  /// The compiled form; all callers must agree on its type.
  public <T> T compiled(Class<T> type, Function<String, T> compile) {
    Object known = compiled;
    if (known == null) {
      known = compile.apply(source);
      compiled = known;
    }
    return type.cast(known);
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof TextPattern other && source.equals(other.source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  @Override
  public String toString() {
    return source;
  }
}
