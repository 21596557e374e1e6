package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// docs/architecture.md stays true: the classes, files and packages it names are there.
class ArchitecturePageTest {
  private static final Pattern QUOTED = Pattern.compile("`([^`\n]+)`");
  private static final Pattern TYPE = Pattern.compile("[A-Z][a-z]+[A-Za-z]*");

  /// Types of others.
  private static final Set<String> FOREIGN =
      Set.of("KafkaConsumer", "KnnVectorsFormat", "ServiceLoader", "Signal");

  @Test
  void the_classes_it_names_exist() {
    Set<String> types = new HashSet<>();
    for (Path file : ProjectFiles.java(true)) {
      String name = file.getFileName().toString();
      types.add(name.substring(0, name.length() - ".java".length()));
    }

    var missing = new TreeSet<String>();
    int named = 0;
    for (String word : quoted()) {
      String last = word.substring(word.lastIndexOf('.') + 1);
      if (TYPE.matcher(last).matches()) {
        named++;
        if (!types.contains(last) && !FOREIGN.contains(last)) {
          missing.add(word);
        }
      }
    }

    assertThat(named).isGreaterThan(50);
    assertThat(missing).isEmpty();
  }

  @Test
  void the_files_it_names_exist() {
    var missing = new TreeSet<String>();
    for (String word : quoted()) {
      if (word.endsWith(".yaml") || word.startsWith("docs/")) {
        if (!Files.exists(ProjectFiles.root().resolve(word))) {
          missing.add(word);
        }
      } else if (word.endsWith(".proto")) {
        if (protos().noneMatch(path -> path.endsWith(word))) {
          missing.add(word);
        }
      }
    }

    assertThat(missing).isEmpty();
  }

  @Test
  void every_package_of_the_core_has_its_place() {
    String page = page();
    var missing = new ArrayList<String>();
    for (Path file : ProjectFiles.java(false)) {
      String path = file.toString().replace('\\', '/');
      int at = path.indexOf("index-core/src/main/java/io/millrace/");
      if (at >= 0) {
        String name = path.substring(at + "index-core/src/main/java/io/millrace/".length());
        String top = name.substring(0, name.indexOf('/'));
        if (!Pattern.compile("`[^`]*\\b" + top + "\\b[^`]*`").matcher(page).find()) {
          missing.add(top);
        }
      }
    }

    assertThat(missing).isEmpty();
  }

  private static java.util.stream.Stream<Path> protos() {
    return List.of("index-core", "app").stream()
        .map(module -> ProjectFiles.root().resolve(module).resolve("src/main/proto"))
        .flatMap(folder -> {
          try (var files = Files.list(folder)) {
            return files.toList().stream();
          } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  private static List<String> quoted() {
    var words = new ArrayList<String>();
    Matcher matcher = QUOTED.matcher(page());
    while (matcher.find()) {
      words.add(matcher.group(1));
    }
    return words;
  }

  private static String page() {
    return ProjectFiles.text(ProjectFiles.root().resolve("docs/architecture.md"));
  }
}
