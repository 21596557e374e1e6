package io.millrace.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.ProjectFiles;
import io.millrace.ingest.config.SourceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `config/millrace.yaml` is written by this test when run with `-Dmillrace.write-reference=true`,
/// and compared otherwise.
class ReferenceTest {
  @TempDir private Path folder;

  @Test
  void the_shipped_file_has_every_key_with_its_default() throws IOException {
    Path shipped = ProjectFiles.root().resolve("config").resolve("millrace.yaml");
    if (Boolean.getBoolean("millrace.write-reference")) {
      Files.writeString(shipped, Reference.yaml());
    }

    assertThat(Files.readString(shipped)).isEqualTo(Reference.yaml());
  }

  @Test
  void as_shipped_it_changes_nothing() throws Exception {
    assertThat(read(Reference.yaml()).settings())
        .usingRecursiveComparison()
        .ignoringFields("sourceTexts")
        .isEqualTo(Configuration.read(Optional.of(empty()), Map.of(), List.of()).settings());
  }

  /// Without the signs it is a file that sets every key to its default, and the examples.
  @Test
  void without_its_signs_it_is_valid_and_sets_the_defaults() throws Exception {
    StringBuilder bare = new StringBuilder();
    for (String line : Reference.yaml().lines().toList()) {
      if (line.startsWith("#") && !line.startsWith("# ") && !line.startsWith("##")) {
        bare.append(line.substring(1));
      } else if (line.startsWith("#  ")) {
        bare.append(line.substring(1));
      }
      bare.append('\n');
    }
    Configuration configuration = read(bare.toString());

    assertThat(configuration.settings().service()).isEqualTo(read("").settings().service());
    assertThat(configuration.settings().sources())
        .extracting(SourceConfig::name)
        .containsExactly("orders", "inbox");
    assertThat(configuration.settings().templates()).containsOnlyKeys("small-text");
    String listing = String.join("\n", configuration.listing());
    for (Key<?> key : Keys.all()) {
      if (!key.builtIn().isEmpty()) {
        assertThat(listing).containsPattern(key.path() + " += .* line [0-9]+");
      }
    }
  }

  private Configuration read(String yaml) throws IOException, BadConfiguration {
    Path file = Files.writeString(folder.resolve("millrace.yaml"), yaml);
    return Configuration.read(Optional.of(file), Map.of(), List.of());
  }

  private Path empty() throws IOException {
    return Files.writeString(folder.resolve("empty.yaml"), "");
  }
}
