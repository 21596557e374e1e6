package io.millrace.payload;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Unicode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Collects one payload as canonical bytes: sets the commas, bounds the depth, and lets the last of
/// several equal keys win. Keys are watched by 64-bit hashes, at most [#WATCHED] per object; a wide
/// object or a hit sends the finished text through [#withoutDuplicates], which compares real keys.
final class PayloadWriter {
  /// Open objects and arrays, the payload itself included; Qdrant's parser stops at the same depth.
  static final int MAX_DEPTH = 128;

  private static final int WATCHED = 32;

  private byte[] out;
  private int size;
  private int depth;

  // Hashes of the keys of all open objects; those of depth d start at firstKey[d].
  private long[] keys = new long[WATCHED];
  private int keyCount;
  private final int[] firstKey = new int[MAX_DEPTH + 2];
  private boolean duplicatesPossible;

  PayloadWriter(int expectedBytes) {
    out = new byte[Math.max(16, expectedBytes)];
  }

  void open(char bracket) {
    item();
    put((byte) bracket);
    depth++;
    if (depth > MAX_DEPTH) {
      throw BadInput.format("recursion limit exceeded: a payload nests at most 128 levels");
    }
    firstKey[depth] = keyCount;
  }

  void close(char bracket) {
    put((byte) bracket);
    keyCount = firstKey[depth];
    depth--;
  }

  /// A string that is already valid JSON text, quotes included.
  void rawKey(byte[] json, int from, int to) {
    rawValue(json, from, to);
    if (JsonScan.hasEscape(json, from, to)) {
      byte[] key = JsonScan.string(json, from, to).getBytes(StandardCharsets.UTF_8);
      watch(hash(key, 0, key.length));
    } else {
      watch(hash(json, from + 1, to - 1));
    }
    put((byte) ':');
  }

  void rawValue(byte[] json, int from, int to) {
    item();
    ensure(to - from);
    System.arraycopy(json, from, out, size, to - from);
    size += to - from;
  }

  void key(String key) {
    byte[] utf8 = encode(key);
    item();
    quoted(utf8);
    watch(hash(utf8, 0, utf8.length));
    put((byte) ':');
  }

  void string(String value) {
    byte[] utf8 = encode(value);
    item();
    quoted(utf8);
  }

  /// A number or literal.
  void ascii(String text) {
    item();
    ensure(text.length());
    for (int i = 0; i < text.length(); i++) {
      out[size++] = (byte) text.charAt(i);
    }
  }

  PayloadBytes finish() {
    byte[] json = Arrays.copyOf(out, size);
    return new PayloadBytes(duplicatesPossible ? withoutDuplicates(json) : json);
  }

  /// The text as a JSON string, quotes included.
  static byte[] quoted(String text) {
    PayloadWriter out = new PayloadWriter(text.length() + 2);
    out.quoted(text.getBytes(StandardCharsets.UTF_8));
    return Arrays.copyOf(out.out, out.size);
  }

  private static byte[] encode(String text) {
    if (!Unicode.isWellFormed(text)) {
      throw BadInput.format("a payload string holds half of a surrogate pair");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void quoted(byte[] utf8) {
    ensure(utf8.length + 2);
    out[size++] = '"';
    for (byte b : utf8) {
      if (b == '"' || b == '\\') {
        ensure(2);
        out[size++] = '\\';
        out[size++] = b;
      } else if (b >= 0 && b < 0x20) {
        escape(b);
      } else {
        ensure(1);
        out[size++] = b;
      }
    }
    put((byte) '"');
  }

  private void escape(byte control) {
    String escaped =
        switch (control) {
          case '\b' -> "\\b";
          case '\t' -> "\\t";
          case '\n' -> "\\n";
          case '\f' -> "\\f";
          case '\r' -> "\\r";
          default ->
              "\\u00" + Character.forDigit(control >> 4, 16) + Character.forDigit(control & 15, 16);
        };
    ensure(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      out[size++] = (byte) escaped.charAt(i);
    }
  }

  private void item() {
    if (size > 0) {
      byte last = out[size - 1];
      if (last != '{' && last != '[' && last != ':') {
        put((byte) ',');
      }
    }
  }

  private void put(byte b) {
    ensure(1);
    out[size++] = b;
  }

  private void ensure(int more) {
    if (out.length - size < more) {
      out = Arrays.copyOf(out, Math.max(size + more, size + (size >> 1)));
    }
  }

  private void watch(long hash) {
    if (duplicatesPossible) {
      return;
    }
    int first = firstKey[depth];
    if (keyCount - first >= WATCHED) {
      duplicatesPossible = true;
      return;
    }
    for (int i = first; i < keyCount; i++) {
      if (keys[i] == hash) {
        duplicatesPossible = true;
        return;
      }
    }
    if (keyCount == keys.length) {
      keys = Arrays.copyOf(keys, 2 * keyCount);
    }
    keys[keyCount++] = hash;
  }

  private static long hash(byte[] utf8, int from, int to) {
    long h = to - from;
    for (int i = from; i < to; i++) {
      h = (h ^ utf8[i]) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 29;
    }
    return h;
  }

  private record Member(int keyFrom, int keyTo, int valueFrom) {}

  private static byte[] withoutDuplicates(byte[] json) {
    PayloadWriter clean = new PayloadWriter(json.length);
    clean.copy(json, 0);
    return Arrays.copyOf(clean.out, clean.size);
  }

  private void copy(byte[] json, int at) {
    if (json[at] == '{') {
      Map<String, Member> members = new LinkedHashMap<>();
      int i = at + 1;
      while (json[i] != '}') {
        int keyFrom = json[i] == ',' ? i + 1 : i;
        int keyTo = JsonScan.stringEnd(json, keyFrom);
        members.put(JsonScan.string(json, keyFrom, keyTo), new Member(keyFrom, keyTo, keyTo + 1));
        i = JsonScan.end(json, keyTo + 1);
      }
      item();
      put((byte) '{');
      for (Member m : members.values()) {
        rawValue(json, m.keyFrom, m.keyTo);
        put((byte) ':');
        copy(json, m.valueFrom);
      }
      put((byte) '}');
    } else if (json[at] == '[') {
      item();
      put((byte) '[');
      int i = at + 1;
      while (json[i] != ']') {
        int from = json[i] == ',' ? i + 1 : i;
        copy(json, from);
        i = JsonScan.end(json, from);
      }
      put((byte) ']');
    } else {
      rawValue(json, at, JsonScan.end(json, at));
    }
  }
}
