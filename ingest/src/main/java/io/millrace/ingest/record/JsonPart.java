package io.millrace.ingest.record;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.io.JsonStringEncoder;

/// A piece of a record: taken apart where rules look inside, left as the bytes that were sent
/// everywhere else.
sealed interface JsonPart {

  /// @param fields mutable; in the order of the record
  record Obj(Map<String, JsonPart> fields) implements JsonPart {}

  record Arr(List<JsonPart> items) implements JsonPart {}

  /// One value as it was sent.
  record Raw(Text text) implements JsonPart {
    boolean isNull() {
      try (JsonParser p = text.parser()) {
        return p.nextToken() == JsonToken.VALUE_NULL;
      }
    }
  }

  /// Takes the text apart along the pointers; the root is always taken apart. Throws [BadRecord]
  /// for what is no object.
  ///
  /// @param inner pointers of objects and lists that rules look into
  static Obj read(Text text, Set<String> inner) {
    try (JsonParser p = text.parser()) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw Json.bad(p, Code.UNKNOWN_SHAPE, "A record is an object, not " + Json.kind(p));
      }
      Obj root = object(p, text, inner, "");
      Shape.endOfText(p);
      return root;
    }
  }

  private static Obj object(JsonParser p, Text text, Set<String> inner, String at) {
    Map<String, JsonPart> fields = new LinkedHashMap<>();
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      p.nextToken();
      String pointer = at + "/" + escaped(name);
      if (fields.put(name, one(p, text, inner, pointer)) != null && at.isEmpty()) {
        throw Json.bad(p, Code.JSON_DUPLICATE_KEY, "The key is given twice");
      }
    }
    return new Obj(fields);
  }

  private static JsonPart one(JsonParser p, Text text, Set<String> inner, String pointer) {
    if (p.currentToken() == JsonToken.START_OBJECT && inner.contains(pointer)) {
      return object(p, text, inner, pointer);
    }
    if (p.currentToken() == JsonToken.START_ARRAY && inner.contains(pointer)) {
      List<JsonPart> items = new ArrayList<>();
      while (p.nextToken() != JsonToken.END_ARRAY) {
        items.add(one(p, text, inner, pointer + "/" + items.size()));
      }
      return new Arr(items);
    }
    int start = text.tokenStart(p);
    p.skipChildren();
    p.finishToken();
    return new Raw(text.slice(start, text.tokenEnd(p)));
  }

  static String escaped(String name) {
    return name.indexOf('~') < 0 && name.indexOf('/') < 0
        ? name
        : name.replace("~", "~0").replace("/", "~1");
  }

  /// Steps of a JSON pointer; `/a~1b` is the one step `a/b`.
  static List<String> steps(String pointer) {
    List<String> steps = new ArrayList<>();
    int at = 1;
    while (at <= pointer.length() && !pointer.isEmpty()) {
      int next = pointer.indexOf('/', at);
      int end = next < 0 ? pointer.length() : next;
      steps.add(pointer.substring(at, end).replace("~1", "/").replace("~0", "~"));
      at = end + 1;
    }
    return steps;
  }

  /// The part at a pointer.
  static Optional<JsonPart> at(JsonPart root, String pointer) {
    JsonPart now = root;
    for (String step : steps(pointer)) {
      JsonPart next =
          switch (now) {
            case Obj(var fields) -> fields.get(step);
            case Arr(var items) -> item(items, step);
            case Raw ignored -> null;
          };
      if (next == null) {
        return Optional.empty();
      }
      now = next;
    }
    return Optional.of(now);
  }

  private static @Nullable JsonPart item(List<JsonPart> items, String step) {
    try {
      int index = Integer.parseInt(step);
      return index >= 0 && index < items.size() ? items.get(index) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /// The part at a pointer, unless it is absent or `null`.
  static Optional<JsonPart> present(JsonPart root, String pointer) {
    return at(root, pointer).filter(part -> !(part instanceof Raw raw && raw.isNull()));
  }

  /// Takes the part away; from lists nothing is taken.
  static Optional<JsonPart> remove(JsonPart root, String pointer) {
    int last = pointer.lastIndexOf('/');
    Optional<JsonPart> parent = at(root, pointer.substring(0, Math.max(0, last)));
    List<String> steps = steps(pointer);
    return parent.isPresent() && parent.get() instanceof Obj(var fields) && !steps.isEmpty()
        ? Optional.ofNullable(fields.remove(steps.getLast()))
        : Optional.empty();
  }

  static JsonPart raw(String json) {
    return new Raw(Text.of(json.getBytes(StandardCharsets.UTF_8)));
  }

  /// The objects on the way to a pointer, made where they are missing.
  static void put(Obj root, String pointer, JsonPart value) {
    Obj now = root;
    List<String> steps = steps(pointer);
    for (String step : steps.subList(0, steps.size() - 1)) {
      JsonPart next = now.fields().get(step);
      if (!(next instanceof Obj)) {
        next = new Obj(new LinkedHashMap<>());
        now.fields().put(step, next);
      }
      now = (Obj) next;
    }
    now.fields().put(steps.getLast(), value);
  }

  /// A copy whose objects can be changed without changing this one.
  static JsonPart copy(JsonPart part) {
    return switch (part) {
      case Obj(var fields) -> {
        Map<String, JsonPart> copied = new LinkedHashMap<>();
        for (Map.Entry<String, JsonPart> field : fields.entrySet()) {
          copied.put(field.getKey(), copy(field.getValue()));
        }
        yield new Obj(copied);
      }
      case Arr(var items) -> new Arr(items.stream().map(JsonPart::copy).toList());
      case Raw raw -> raw;
    };
  }

  static void write(JsonPart part, ByteArrayOutputStream out) {
    switch (part) {
      case Obj(var fields) -> {
        out.write('{');
        boolean first = true;
        for (Map.Entry<String, JsonPart> field : fields.entrySet()) {
          if (!first) {
            out.write(',');
          }
          first = false;
          out.writeBytes(quoted(field.getKey()).getBytes(StandardCharsets.UTF_8));
          out.write(':');
          write(field.getValue(), out);
        }
        out.write('}');
      }
      case Arr(var items) -> {
        out.write('[');
        for (int i = 0; i < items.size(); i++) {
          if (i > 0) {
            out.write(',');
          }
          write(items.get(i), out);
        }
        out.write(']');
      }
      case Raw(var text) -> text.writeTo(out);
    }
  }

  static Text text(JsonPart part) {
    if (part instanceof Raw(var text)) {
      return text;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(part, out);
    return Text.of(out.toByteArray());
  }

  static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
  }
}
