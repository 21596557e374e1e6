package io.millrace.api.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.security.CodeSource;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;

/// What this program was built from, as the manifest of its jar says; there is none where classes
/// lie in a folder.
public final class BuildFacts {
  private static final String UNKNOWN = "unknown";

  private static final Attributes MANIFEST = manifest();

  private BuildFacts() {}

  public static String version() {
    return Optional.ofNullable(MANIFEST.getValue("Implementation-Version")).orElse("development");
  }

  /// The commit of the sources; `unknown` where they were no checkout.
  public static String commit() {
    return commitOf(MANIFEST);
  }

  static String commitOf(Attributes manifest) {
    return Optional.ofNullable(manifest.getValue("Implementation-Commit"))
        .filter(commit -> !commit.isBlank())
        .orElse(UNKNOWN);
  }

  private static Attributes manifest() {
    CodeSource source = BuildFacts.class.getProtectionDomain().getCodeSource();
    URL jar = source == null ? null : source.getLocation();
    if (jar == null || !jar.getPath().endsWith(".jar")) {
      return new Attributes();
    }
    try (InputStream in = jar.openStream();
        JarInputStream read = new JarInputStream(in)) {
      Manifest manifest = read.getManifest();
      return manifest == null ? new Attributes() : manifest.getMainAttributes();
    } catch (IOException unreadable) {
      return new Attributes();
    }
  }
}
