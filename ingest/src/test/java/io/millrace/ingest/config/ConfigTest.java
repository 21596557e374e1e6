package io.millrace.ingest.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Props;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfigTest {

  @Test
  void globs_know_stars_questions_and_sets() {
    assertThat(new Glob("shop.*").matches("shop.eu")).isTrue();
    assertThat(new Glob("shop.*").matches("shop")).isFalse();
    assertThat(new Glob("*.ndjson*").matches("a.ndjson.gz")).isTrue();
    assertThat(new Glob("a?c").matches("abc")).isTrue();
    assertThat(new Glob("a[b-d]c").matches("acc")).isTrue();
    assertThat(new Glob("a[!b-d]c").matches("acc")).isFalse();
    assertThat(new Glob("a[").matches("a[")).isTrue();
    assertThat(new Glob("").matches("")).isTrue();
    assertThat(new Glob("*").matches("")).isTrue();
  }

  /// The twin tries every way to match a star.
  @Test
  void a_glob_matches_what_trying_every_way_matches() {
    Props.forAll(
        3_000,
        10,
        (random, size) -> {
          StringBuilder pattern = new StringBuilder();
          StringBuilder name = new StringBuilder();
          for (int i = 0; i < size; i++) {
            pattern.append("ab*?".charAt(random.nextInt(4)));
            name.append("ab".charAt(random.nextInt(2)));
          }
          return List.of(pattern.toString(), name.substring(0, random.nextInt(size + 1)));
        },
        pair ->
            assertThat(new Glob(pair.get(0)).matches(pair.get(1)))
                .as(pair.toString())
                .isEqualTo(slow(pair.get(0), pair.get(1))));
  }

  private static boolean slow(String pattern, String name) {
    if (pattern.isEmpty()) {
      return name.isEmpty();
    }
    char first = pattern.charAt(0);
    String rest = pattern.substring(1);
    if (first == '*') {
      return slow(rest, name) || !name.isEmpty() && slow(pattern, name.substring(1));
    }
    return !name.isEmpty()
        && (first == '?' || first == name.charAt(0))
        && slow(rest, name.substring(1));
  }

  @Test
  void names_of_sources_are_checked_and_unique() {
    assertThatThrownBy(() -> KafkaSource.of("Orders", "b:1", List.of(), List.of()))
        .hasMessageContaining("a-z, 0-9 and -");
    assertThatThrownBy(() -> KafkaSource.of("-x", "b:1", List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    FilesSource inbox =
        FilesSource.of("inbox", Path.of("in"), List.of(Binding.named(List.of("*"))));
    assertThatThrownBy(() -> SourcesConfig.of(Path.of("d"), inbox, inbox))
        .hasMessageContaining("two sources are named 'inbox'");
  }

  @Test
  void a_binding_without_a_collection_must_say_what_it_allows() {
    assertThatThrownBy(() -> Binding.named(List.of())).hasMessageContaining("'allow'");
  }
}
