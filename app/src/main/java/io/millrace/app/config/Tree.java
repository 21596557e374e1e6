package io.millrace.app.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A configuration value with the place it was given at, before anybody knows its type.
public sealed interface Tree {
  Origin origin();

  /// @param plain written without quotes, so that `5`, `true` and `null` mean what they look like
  record Scalar(String text, boolean plain, Origin origin) implements Tree {
    public boolean isNull() {
      return plain && (text.isEmpty() || text.equals("~") || text.equalsIgnoreCase("null"));
    }

    @Override
    public String toString() {
      return text;
    }
  }

  record Items(List<Tree> items, Origin origin) implements Tree {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String toString() {
      return items.toString();
    }
  }

  /// Fields in the order they were written.
  record Fields(SequencedMap<String, Tree> fields, Origin origin) implements Tree {
    public Fields {
      fields = java.util.Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fields));
    }

    public static Fields empty(Origin origin) {
      return new Fields(new LinkedHashMap<>(), origin);
    }

    @Override
    public String toString() {
      return fields.toString();
    }

    /// These fields with `over` laid on top: fields merge, anything else is replaced.
    Fields with(Fields over) {
      var merged = new LinkedHashMap<String, Tree>(fields);
      for (Map.Entry<String, Tree> entry : over.fields().entrySet()) {
        merged.merge(
            entry.getKey(),
            entry.getValue(),
            (below, above) ->
                below instanceof Fields b && above instanceof Fields a ? b.with(a) : above);
      }
      return new Fields(merged, over.origin());
    }
  }

  static Scalar text(String text, Origin origin) {
    return new Scalar(text, false, origin);
  }

  static Scalar plain(String text, Origin origin) {
    return new Scalar(text, true, origin);
  }

  /// `value` wrapped into one object per step of the path.
  static Fields at(List<String> path, Tree value) {
    Tree wrapped = value;
    for (int i = path.size() - 1; i >= 0; i--) {
      var one = new LinkedHashMap<String, Tree>();
      one.put(path.get(i), wrapped);
      wrapped = new Fields(one, value.origin());
    }
    if (!(wrapped instanceof Fields fields)) {
      throw new IllegalArgumentException("a path has at least one step");
    }
    return fields;
  }
}
