package io.millrace.api.auth;

import io.millrace.api.ApiSettings.Keys;
import io.millrace.api.status.Fault;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Compares the key of a request with those configured, in constant time, and reads tokens.
public final class Gatekeeper {
  private static final String SCHEME = "Bearer ";
  private static final String STATEFUL = "Invalid JWT, stateful validation failed";

  private final Keys keys;
  private final Optional<Tokens> tokens;
  private final Points points;

  /// Where a token's claim about points is looked up.
  public interface Points {
    /// Whether some point matches. Throws [Failure.NotFound] for an unknown collection.
    boolean exist(String collection, Filter filter);
  }

  public Gatekeeper(Keys keys, Points points) {
    this(keys, points, InstantSource.system());
  }

  Gatekeeper(Keys keys, Points points, InstantSource clock) {
    this.keys = keys;
    this.points = points;
    this.tokens =
        keys.tokens()
            ? Optional.of(
                new Tokens(
                    Stream.of(keys.apiKey(), keys.alternateKey())
                        .flatMap(Optional::stream)
                        .toList(),
                    clock))
            : Optional.empty();
  }

  /// What the request may do. Throws the answer for one that may not pass. A route nobody knows
  /// asks for a key too, so that without one nothing can be learnt about routes.
  ///
  /// @param collection of the path
  /// @param apiKey the header `api-key`, which wins over the other
  /// @param authorization the header `Authorization`
  /// @param known is told who asks once that is known, also if they may not pass
  public Grant admit(
      Access asked,
      Optional<String> collection,
      @Nullable String apiKey,
      @Nullable String authorization,
      Consumer<Caller> known) {
    if (keys.isEmpty()) {
      return Grant.EVERYTHING;
    }
    if (asked == Access.FREE) {
      return Grant.READ_ONLY;
    }
    Grant grant = grant(apiKey, authorization, known);
    grant.check(asked, collection);
    return grant;
  }

  private Grant grant(
      @Nullable String apiKey, @Nullable String authorization, Consumer<Caller> known) {
    String shown = apiKey;
    if (shown == null && authorization != null && authorization.startsWith(SCHEME)) {
      shown = authorization.substring(SCHEME.length());
    }
    if (shown == null) {
      throw Fault.plain(401, "Must provide an API key or an Authorization bearer token");
    }
    // No shortcut between the three: the time taken must not tell which one nearly fits.
    boolean full = fits(keys.apiKey(), shown);
    boolean alternate = fits(keys.alternateKey(), shown);
    boolean readOnly = fits(keys.readOnlyKey(), shown);
    if (full || alternate) {
      known.accept(full ? Caller.FULL_KEY : Caller.ALTERNATE_KEY);
      return Grant.EVERYTHING;
    }
    if (readOnly) {
      known.accept(Caller.READ_ONLY_KEY);
      return Grant.READ_ONLY;
    }
    String token = shown;
    Claims claims =
        tokens
            .flatMap(t -> t.read(token))
            .orElseThrow(() -> Fault.plain(401, "Invalid API key or JWT"));
    known.accept(new Caller(Caller.Proof.TOKEN, claims.subject()));
    claims.exists().ifPresent(this::checkExists);
    return claims.grant();
  }

  private void checkExists(Claims.ValueExists claim) {
    boolean exist;
    try {
      exist = points.exist(claim.collection(), claim.filter());
    } catch (Failure.NotFound unknownCollection) {
      throw Fault.plain(403, STATEFUL);
    }
    if (!exist) {
      throw Fault.plain(401, STATEFUL);
    }
  }

  private static boolean fits(Optional<String> key, String shown) {
    return key.isPresent()
        && MessageDigest.isEqual(
            key.get().getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
  }
}
