package io.millrace.api.dialect;

import io.millrace.api.json.IdJson;
import io.millrace.model.PointId;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BigIntegerNode;
import tools.jackson.databind.node.StringNode;

/// Ids that are text: decimal digits are the integer, spellings of a UUID that UUID, and any other
/// text one that is computed from it (version 5), always the same.
final class TextIds {
  private static final UUID NAMESPACE = UUID.fromString("4f6d2a1e-9c1b-5e53-8a0f-3b7c52f1d9aa");

  private TextIds() {}

  static JsonNode of(JsonNode id) {
    if (!id.isString()) {
      return id;
    }
    Optional<PointId> plain = IdJson.ofPath(id.stringValue());
    if (plain.isEmpty()) {
      return StringNode.valueOf(computed(id.stringValue()).toString());
    }
    return switch (plain.get()) {
      case PointId.Num(long value) ->
          BigIntegerNode.valueOf(new BigInteger(Long.toUnsignedString(value)));
      case PointId.Uuid uuid -> StringNode.valueOf(uuid.toString());
    };
  }

  /// The text itself, where the id does not show it.
  static Optional<String> hidden(JsonNode id) {
    return id.isString() && IdJson.ofPath(id.stringValue()).isEmpty()
        ? Optional.of(id.stringValue())
        : Optional.empty();
  }

  static UUID computed(String text) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(
          ByteBuffer.allocate(16)
              .putLong(NAMESPACE.getMostSignificantBits())
              .putLong(NAMESPACE.getLeastSignificantBits())
              .flip());
      ByteBuffer hash = ByteBuffer.wrap(sha1.digest(text.getBytes(StandardCharsets.UTF_8)));
      long high = hash.getLong() & ~0xF000L | 0x5000L;
      long low = hash.getLong() & ~(0xC0L << 56) | 0x80L << 56;
      return new UUID(high, low);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
