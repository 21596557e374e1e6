package io.millrace.ingest.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/// A schema registry with Confluent's REST protocol.
///
/// @param passwordFile read at each start
public record Registry(URI url, Optional<String> user, Optional<Path> passwordFile) {
  public Registry {
    String scheme = url.getScheme();
    if (!"http".equals(scheme) && !"https".equals(scheme)) {
      throw new IllegalArgumentException("the registry's url begins with http:// or https://");
    }
  }
}
