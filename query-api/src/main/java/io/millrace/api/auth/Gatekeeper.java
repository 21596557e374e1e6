package io.millrace.api.auth;

import io.millrace.api.ApiSettings.Keys;
import io.millrace.api.status.Fault;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Compares the key of a request with those configured, in constant time.
public final class Gatekeeper {
  private static final String SCHEME = "Bearer ";

  private volatile Keys keys;

  public Gatekeeper(Keys keys) {
    this.keys = keys;
  }

  /// Requests from now on need one of these.
  public void change(Keys to) {
    keys = to;
  }

  /// Throws the answer for a request that may not pass. A route nobody knows asks for a key too, so
  /// that without one nothing can be learnt about routes.
  ///
  /// @param apiKey the header `api-key`, which wins over the other
  /// @param authorization the header `Authorization`
  public void check(Access asked, @Nullable String apiKey, @Nullable String authorization) {
    Keys keys = this.keys; // read once: they may change meanwhile
    if (asked == Access.FREE || keys.isEmpty()) {
      return;
    }
    String shown = apiKey;
    if (shown == null && authorization != null && authorization.startsWith(SCHEME)) {
      shown = authorization.substring(SCHEME.length());
    }
    if (shown == null) {
      throw Fault.plain(401, "Must provide an API key or an Authorization bearer token");
    }
    // No shortcut between the three: the time taken must not tell which one nearly fits.
    boolean full = fits(keys.apiKey(), shown) | fits(keys.alternateKey(), shown);
    boolean readOnly = fits(keys.readOnlyKey(), shown);
    if (!full && !readOnly) {
      throw Fault.plain(401, "Invalid API key or JWT");
    }
    if (!full) {
      switch (asked) {
        case FREE, READ -> {}
        case WRITE -> throw Fault.json(403, "Forbidden: Write access to collection is required");
        case MANAGE -> throw Fault.json(403, "Forbidden: Global manage access is required");
      }
    }
  }

  private static boolean fits(Optional<String> key, String shown) {
    return key.isPresent()
        && MessageDigest.isEqual(
            key.get().getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
  }
}
