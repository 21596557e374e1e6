package io.millrace.api.auth;

import java.util.Optional;

/// Who sends a request, as far as its key or token tells.
///
/// @param subject the claim of a token, or which of the configured keys it was; never the key
public record Caller(Proof proof, Optional<String> subject) {

  /// By what a caller is known.
  public enum Proof {
    NONE("none"),
    KEY("api_key"),
    TOKEN("jwt");

    private final String text;

    Proof(String text) {
      this.text = text;
    }

    /// Qdrant's word.
    public String text() {
      return text;
    }
  }

  /// Where no key is needed, or none fits.
  public static final Caller UNKNOWN = new Caller(Proof.NONE, Optional.empty());

  static final Caller FULL_KEY = new Caller(Proof.KEY, Optional.of("api_key"));
  static final Caller ALTERNATE_KEY = new Caller(Proof.KEY, Optional.of("alt_api_key"));
  static final Caller READ_ONLY_KEY = new Caller(Proof.KEY, Optional.of("read_only_api_key"));
}
