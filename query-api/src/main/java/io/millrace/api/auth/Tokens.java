package io.millrace.api.auth;

import io.millrace.api.json.JsonIn;
import io.millrace.api.status.Fault;
import io.millrace.model.BadInput;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Reads tokens (JWT, HS256) that were signed with one of the full keys.
final class Tokens {
  private static final String ALGORITHM = "HmacSHA256";

  /// How far the clocks of servers may be apart.
  private static final long LEEWAY_SECONDS = 30;

  private final List<SecretKeySpec> keys;
  private final InstantSource clock;

  Tokens(List<String> secrets, InstantSource clock) {
    this.keys =
        secrets.stream()
            .map(s -> new SecretKeySpec(s.getBytes(StandardCharsets.UTF_8), ALGORITHM))
            .toList();
    this.clock = clock;
  }

  /// Empty for what is no token. Throws the answer for one that is wrongly signed or too old.
  Optional<Claims> read(String text) {
    String[] parts = text.split("\\.", -1);
    if (keys.isEmpty() || parts.length != 3) {
      return Optional.empty();
    }
    Claims claims;
    try {
      byte[] signature = Base64.getUrlDecoder().decode(parts[2]);
      if (!JsonIn.read(decoded(parts[0]), JsonIn::tree).path("alg").asString("").equals("HS256")) {
        return Optional.empty();
      }
      byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
      if (keys.stream().noneMatch(key -> MessageDigest.isEqual(sign(key, signed), signature))) {
        throw Fault.plain(403, "InvalidSignature");
      }
      claims = Claims.read(decoded(parts[1]));
    } catch (IllegalArgumentException | BadInput notAToken) {
      return Optional.empty();
    }
    if (claims.expires().isPresent()
        && claims.expires().getAsLong() < clock.instant().getEpochSecond() - LEEWAY_SECONDS) {
      throw Fault.plain(403, "ExpiredSignature");
    }
    return Optional.of(claims);
  }

  private static String decoded(String part) {
    return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
  }

  private static byte[] sign(SecretKeySpec key, byte[] text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }
}
