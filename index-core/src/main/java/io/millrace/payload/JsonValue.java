package io.millrace.payload;

import io.millrace.model.PayloadBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A payload value as a tree. Numbers keep their text, so nothing is lost by reading them.
/// Immutable by agreement: collections inside are never written to.
public sealed interface JsonValue {
  record Obj(Map<String, JsonValue> members) implements JsonValue {}

  record Arr(List<JsonValue> elements) implements JsonValue {}

  record Text(String value) implements JsonValue {}

  /// @param text as it stands in the payload
  record Num(String text) implements JsonValue {
    /// Whether the text is an integer of 64 signed bits: digits only, so `5.0`, `5e0` and `-0` (a
    /// float for Qdrant) are not.
    public boolean isWhole() {
      return Numbers.isWhole(text);
    }

    /// Only for whole numbers.
    public long whole() {
      return Long.parseLong(text);
    }

    /// The nearest double; infinite where the number is too large for one.
    public double number() {
      return Double.parseDouble(text);
    }
  }

  record Bool(boolean value) implements JsonValue {}

  record Null() implements JsonValue {}

  static Obj parse(PayloadBytes payload) {
    return (Obj) new Reader(payload.utf8()).value();
  }

  /// The payload as far as paths see it that begin with `key`: that member alone, or none.
  static Obj parseMember(PayloadBytes payload, String key) {
    byte[] json = payload.utf8();
    byte[] keyUtf8 = key.getBytes(StandardCharsets.UTF_8);
    int at = 1;
    while (json[at] != '}') {
      int keyFrom = json[at] == ',' ? at + 1 : at;
      int keyTo = JsonScan.stringEnd(json, keyFrom);
      if (JsonScan.isString(json, keyFrom, keyTo, key, keyUtf8)) {
        Reader reader = new Reader(json);
        reader.at = keyTo + 1;
        return new Obj(Map.of(key, reader.value()));
      }
      at = JsonScan.end(json, keyTo + 1);
    }
    return new Obj(Map.of());
  }

  /// A cursor over canonical JSON.
  final class Reader {
    private static final Bool TRUE = new Bool(true);
    private static final Bool FALSE = new Bool(false);
    private static final Null NULL = new Null();

    private final byte[] json;
    private int at;

    private Reader(byte[] json) {
      this.json = json;
    }

    private JsonValue value() {
      return switch (json[at]) {
        case '{' -> object();
        case '[' -> array();
        case '"' -> new Text(string());
        case 't' -> literal(TRUE, 4);
        case 'f' -> literal(FALSE, 5);
        case 'n' -> literal(NULL, 4);
        default -> {
          int from = at;
          at = JsonScan.end(json, at);
          yield new Num(new String(json, from, at - from, StandardCharsets.ISO_8859_1));
        }
      };
    }

    private JsonValue literal(JsonValue value, int length) {
      at += length;
      return value;
    }

    private String string() {
      int from = at;
      at = JsonScan.stringEnd(json, at);
      return JsonScan.string(json, from, at);
    }

    private Obj object() {
      Map<String, JsonValue> members = new LinkedHashMap<>();
      at++;
      while (json[at] != '}') {
        if (json[at] == ',') {
          at++;
        }
        String key = string();
        at++; // the colon
        members.put(key, value());
      }
      at++;
      return new Obj(members);
    }

    private Arr array() {
      List<JsonValue> elements = new ArrayList<>();
      at++;
      while (json[at] != ']') {
        if (json[at] == ',') {
          at++;
        }
        elements.add(value());
      }
      at++;
      return new Arr(elements);
    }
  }
}
