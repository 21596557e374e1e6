package io.millrace.payload;

import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A path as the index writes it: the canonical text, in which array elements are `[]`.
///
/// ```
/// form     bytes
/// short    the canonical text in UTF-8, at most 1,024 bytes
/// long     0xFF, SHA-256 of (form of the parent, step), that is 33 bytes; children go on from there
/// ```
///
/// UTF-8 has no byte 0xFF, so the forms never meet. Hashing step by step keeps the work per step
/// bounded, whatever the depth and the size of keys. A key that holds a double quote has no path
/// text, so no query can ask for it and nothing below it is indexed.
///
/// One thread: nodes remember their children, at most [#REMEMBERED] in the whole tree.
public final class LeafPath {
  static final int MAX_BYTES = 1_024;

  // Enough for the fields of usual collections; payloads with endless new keys stop growing the
  // tree.
  private static final int REMEMBERED = 4_096;

  private static final byte[] ELEMENTS = {'[', ']'};

  private final byte[] form;
  private final long hash;
  private final int[] remembered; // one counter of the whole tree
  private final Map<String, LeafPath> children = new HashMap<>(4);
  private Optional<LeafPath> elements = Optional.empty();

  private LeafPath(byte[] form, int[] remembered) {
    this.form = form;
    this.hash = SipHash.of(form);
    this.remembered = remembered;
  }

  /// The empty path: the payload itself.
  public static LeafPath root() {
    return new LeafPath(new byte[0], new int[1]);
  }

  /// Empty when the index can not tell values at the path: it picks an element by number, or a key
  /// holds a double quote.
  public static Optional<LeafPath> of(PayloadPath path) {
    LeafPath leaf = root();
    for (Step step : path.steps()) {
      switch (step) {
        case Step.Key(String name) -> {
          if (!isIndexed(name)) {
            return Optional.empty();
          }
          leaf = leaf.child(name);
        }
        case Step.All() -> leaf = leaf.elements();
        case Step.Index ignored -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(leaf);
  }

  static boolean isIndexed(String key) {
    return key.indexOf('"') < 0;
  }

  public LeafPath child(String key) {
    LeafPath known = children.get(key);
    if (known != null) {
      return known;
    }
    StringBuilder step = new StringBuilder(key.length() + 3);
    if (form.length > 0) {
      step.append('.');
    }
    PayloadPath.appendKey(step, key);
    LeafPath child = extended(step.toString().getBytes(StandardCharsets.UTF_8));
    if (remembered[0] < REMEMBERED && key.length() <= 64) {
      remembered[0]++;
      children.put(key, child);
    }
    return child;
  }

  public LeafPath elements() {
    if (elements.isEmpty()) {
      elements = Optional.of(extended(ELEMENTS));
    }
    return elements.get();
  }

  private LeafPath extended(byte[] step) {
    byte[] joined = Arrays.copyOf(form, form.length + step.length);
    System.arraycopy(step, 0, joined, form.length, step.length);
    if (joined.length <= MAX_BYTES) {
      return new LeafPath(joined, remembered);
    }
    byte[] digest = sha256(joined);
    byte[] hashed = new byte[1 + digest.length];
    hashed[0] = (byte) 0xFF;
    System.arraycopy(digest, 0, hashed, 1, digest.length);
    return new LeafPath(hashed, remembered);
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /// The bytes described above; not to be written to.
  public byte[] form() {
    return form;
  }

  /// SipHash of the form.
  public long hash() {
    return hash;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof LeafPath other && Arrays.equals(form, other.form);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }

  @Override
  public String toString() {
    return new String(form, StandardCharsets.UTF_8);
  }
}
