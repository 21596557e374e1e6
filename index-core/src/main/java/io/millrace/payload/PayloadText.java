package io.millrace.payload;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import java.util.function.Consumer;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Makes [PayloadBytes] of JSON that comes from outside: insignificant white space goes, numbers
/// and strings stay byte for byte, of several equal keys the last wins.
public final class PayloadText {
  private final byte[] json;
  private final int from;
  private final int to;
  private final PayloadWriter out;
  private int at;

  private PayloadText(byte[] json, int from, int to) {
    this.json = json;
    this.from = from;
    this.to = to;
    this.at = from;
    this.out = new PayloadWriter(to - from);
  }

  public static PayloadBytes canonical(byte[] json) {
    return canonical(json, 0, json.length);
  }

  /// Reads exactly one JSON object from `json[from, to)`; throws [BadInput] naming the byte,
  /// counted from `from`, where the text stops being one.
  public static PayloadBytes canonical(byte[] json, int from, int to) {
    PayloadText text = new PayloadText(json, from, to);
    text.space();
    if (text.peek() != '{') {
      throw text.wrong("a payload must be a JSON object");
    }
    text.value();
    text.space();
    if (text.at < to) {
      throw text.wrong("text after the end of the payload");
    }
    return text.out.finish();
  }

  /// Copies the object whose `START_OBJECT` is the current token; afterwards the current token is
  /// its `END_OBJECT`. Numbers keep their text, strings are written with the fewest escapes.
  ///
  /// @param numbers is shown each of them, as the current token's text
  public static PayloadBytes copy(JsonParser parser, Consumer<String> numbers) {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw BadInput.format("a payload must be a JSON object");
    }
    PayloadWriter out = new PayloadWriter(256);
    int open = 0;
    for (JsonToken token = parser.currentToken(); token != null; token = parser.nextToken()) {
      switch (token) {
        case START_OBJECT -> {
          out.open('{');
          open++;
        }
        case START_ARRAY -> {
          out.open('[');
          open++;
        }
        case END_OBJECT -> {
          out.close('}');
          open--;
        }
        case END_ARRAY -> {
          out.close(']');
          open--;
        }
        case PROPERTY_NAME -> out.key(parser.currentName());
        case VALUE_STRING -> out.string(parser.getString());
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
          String number = parser.getString();
          numbers.accept(number);
          out.ascii(number);
        }
        case VALUE_TRUE -> out.ascii("true");
        case VALUE_FALSE -> out.ascii("false");
        case VALUE_NULL -> out.ascii("null");
        case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
            throw BadInput.format("a payload must be a JSON object");
      }
      if (open == 0) {
        return out.finish();
      }
    }
    throw BadInput.format("EOF while parsing an object");
  }

  private void value() {
    switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> {
        int start = at;
        string();
        out.rawValue(json, start, at);
      }
      case 't' -> literal("true");
      case 'f' -> literal("false");
      case 'n' -> literal("null");
      default -> number();
    }
  }

  private void object() {
    at++;
    out.open('{');
    space();
    if (peek() != '}') {
      while (true) {
        if (peek() != '"') {
          throw wrong("expected a key");
        }
        int start = at;
        string();
        out.rawKey(json, start, at);
        space();
        if (peek() != ':') {
          throw wrong("expected ':'");
        }
        at++;
        space();
        value();
        space();
        if (peek() == '}') {
          break;
        }
        if (peek() != ',') {
          throw wrong("expected ',' or '}'");
        }
        at++;
        space();
      }
    }
    at++;
    out.close('}');
  }

  private void array() {
    at++;
    out.open('[');
    space();
    if (peek() != ']') {
      while (true) {
        value();
        space();
        if (peek() == ']') {
          break;
        }
        if (peek() != ',') {
          throw wrong("expected ',' or ']'");
        }
        at++;
        space();
      }
    }
    at++;
    out.close(']');
  }

  private void literal(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (peek() != word.charAt(i)) {
        throw wrong("expected a value");
      }
      at++;
    }
    out.ascii(word);
  }

  private void number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else {
      digits("expected a value");
    }
    if (peek() == '.') {
      at++;
      digits("expected a digit");
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      digits("expected a digit");
    }
    out.rawValue(json, start, at);
  }

  private void digits(String expected) {
    if (peek() < '0' || peek() > '9') {
      throw wrong(expected);
    }
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
  }

  private void string() {
    at++;
    while (true) {
      int c = peek();
      if (c < 0) {
        throw wrong("a string does not end");
      }
      if (c == '"') {
        at++;
        return;
      }
      if (c == '\\') {
        escape();
      } else if (c < 0x20) {
        throw wrong("a control character in a string must be escaped");
      } else if (c < 0x80) {
        at++;
      } else {
        multiByte(c);
      }
    }
  }

  private void escape() {
    at++;
    switch (peek()) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at++;
      case 'u' -> {
        int first = hex4();
        if (Character.isSurrogate((char) first)) {
          boolean paired = Character.isHighSurrogate((char) first) && peek() == '\\';
          if (paired) {
            at++;
            paired = peek() == 'u' && Character.isLowSurrogate((char) hex4());
          }
          if (!paired) {
            throw wrong("half of a surrogate pair");
          }
        }
      }
      default -> throw wrong("invalid escape");
    }
  }

  private int hex4() {
    at++; // the u
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = peek() < 0 ? -1 : Character.digit((char) peek(), 16);
      if (digit < 0 || peek() >= 0x80) {
        throw wrong("invalid escape");
      }
      code = code << 4 | digit;
      at++;
    }
    return code;
  }

  /// One character of two to four bytes: the shortest form, no surrogate, at most U+10FFFF.
  private void multiByte(int first) {
    int more;
    int code;
    int least;
    if (first >= 0xC2 && first <= 0xDF) {
      more = 1;
      code = first & 0x1F;
      least = 0x80;
    } else if (first >= 0xE0 && first <= 0xEF) {
      more = 2;
      code = first & 0x0F;
      least = 0x800;
    } else if (first >= 0xF0 && first <= 0xF4) {
      more = 3;
      code = first & 0x07;
      least = 0x10000;
    } else {
      throw wrong("invalid UTF-8");
    }
    at++;
    for (int i = 0; i < more; i++) {
      int c = peek();
      if (c < 0x80 || c > 0xBF) {
        throw wrong("invalid UTF-8");
      }
      code = code << 6 | (c & 0x3F);
      at++;
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
      throw wrong("invalid UTF-8");
    }
  }

  private void space() {
    while (at < to) {
      byte c = json[at];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
        return;
      }
      at++;
    }
  }

  /// The byte at the cursor as 0..255, or -1 at the end.
  private int peek() {
    return at < to ? json[at] & 0xFF : -1;
  }

  private BadInput wrong(String why) {
    return BadInput.format("Invalid JSON payload: " + why + " at byte " + (at - from));
  }
}
