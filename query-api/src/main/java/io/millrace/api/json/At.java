package io.millrace.api.json;

import org.jspecify.annotations.Nullable;

/// A place inside a request body, in the words of validation messages:
/// `points[0].vector.?.indices`. Cheap to make; the text is built only for a message.
public final class At {
  /// The body itself.
  public static final At BODY = new At(null, "", -1);

  private final @Nullable At parent;
  private final String name;
  private final int index;

  private At(@Nullable At parent, String name, int index) {
    this.parent = parent;
    this.name = name;
    this.index = index;
  }

  public At field(String field) {
    return new At(this, field, -1);
  }

  public At item(int i) {
    return new At(this, "", i);
  }

  /// A step through a map: Qdrant does not name its key.
  public At entry() {
    return field("?");
  }

  @Override
  public String toString() {
    if (parent == null) {
      return "";
    }
    String before = parent.toString();
    if (index >= 0) {
      return before + "[" + index + "]";
    }
    return before.isEmpty() ? name : before + "." + name;
  }
}
