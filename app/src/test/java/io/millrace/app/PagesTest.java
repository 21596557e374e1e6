package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.command.CommandLineFactory;
import io.millrace.app.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Commands, flags and keys that pages name are those that the program knows.
class PagesTest {
  private static final Path ROOT = ProjectFiles.root();

  /// In a block or between backticks; ends where a shell would end the command.
  private static final Pattern CALL =
      Pattern.compile(
          "(?:^ *|(?<=[$#|&(] )|(?<=scripts/)|(?<=bin/))millrace ([^`|;&)\n]+)", Pattern.MULTILINE);

  private static final Pattern CODE =
      Pattern.compile("^```[a-z]*\n(.*?)^```|`([^`\n]+)`", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern KEY =
      Pattern.compile(
          "`((?:service|tls|storage|log|link|limits|inference|logger|tracing)\\.[a-z_.]+)[:`]");

  /// Of the page of compatibility, with what the operation is.
  private static final Pattern ROW =
      Pattern.compile("^\\| ([^|]*) \\| (?:same|differs|not yet|ours) \\|", Pattern.MULTILINE);

  /// Of a route, behind its method if that is told.
  private static final Pattern PATH = Pattern.compile("`(?:[A-Z]+ )?((?:/|points)[^`\\s]*)`");

  /// In running text or in a path, without what follows the class.
  private static final Pattern TEST = Pattern.compile("\\b[A-Z][a-z][A-Za-z0-9]*(?:Test|IT)\\b");

  /// Stands for any.
  private static final Set<String> NO_TESTS = Set.of("NameIT");

  /// A file.
  private static final Set<String> NO_KEYS = Set.of("link.proto");

  /// Of the module `benchmarks`, which this one does not know.
  private static final Set<String> ELSEWHERE =
      Set.of(
          "bench",
          "bench-engine",
          "bench-kafka",
          "bench-request",
          "bench-scrape",
          "bench-sizing",
          "demo");

  @TempDir private Path folder;

  @Test
  void commands_and_flags_on_the_pages_exist() throws IOException {
    var faults = new ArrayList<String>();
    int calls = 0;
    for (Path page : pages()) {
      Matcher code = CODE.matcher(Files.readString(page));
      while (code.find()) {
        String text = Optional.ofNullable(code.group(1)).orElseGet(() -> code.group(2));
        Matcher call = CALL.matcher(text.replace("\\\n", " "));
        while (call.find()) {
          calls++;
          fault(List.of(call.group(1).strip().split("\\s+")))
              .ifPresent(fault -> faults.add(ROOT.relativize(page) + ": " + fault));
        }
      }
    }

    assertThat(faults).isEmpty();
    assertThat(calls).isGreaterThan(50);
  }

  @Test
  void a_misspelt_command_or_flag_is_found() {
    assertThat(fault(List.of("bakup", "create"))).isPresent();
    assertThat(fault(List.of("backup", "crete", "/mnt/backups"))).isPresent();
    assertThat(fault(List.of("backup", "create", "/mnt/backups", "--kep", "14"))).isPresent();
    assertThat(fault(List.of("backup", "create", "/mnt/backups", "--keep", "14"))).isEmpty();
  }

  @Test
  void keys_on_the_pages_exist() throws Exception {
    Path nothing = Files.writeString(folder.resolve("empty.yaml"), "");
    String keys =
        String.join("\n", Configuration.read(Optional.of(nothing), Map.of(), List.of()).listing());
    var faults = new ArrayList<String>();
    int named = 0;
    for (Path page : pages()) {
      Matcher key = KEY.matcher(Files.readString(page));
      while (key.find()) {
        String name = key.group(1);
        named++;
        boolean isKey = Pattern.compile("(?m)^" + Pattern.quote(name) + "\\b").matcher(keys).find();
        if (!isKey && !NO_KEYS.contains(name) && !Configuration.withoutEffect().contains(name)) {
          faults.add(ROOT.relativize(page) + ": " + name);
        }
      }
    }

    assertThat(faults).isEmpty();
    assertThat(named).isGreaterThan(50);
  }

  @Test
  void the_page_of_compatibility_names_every_key_without_effect() throws Exception {
    assertThat(Files.readString(ROOT.resolve("docs/compatibility.md")))
        .contains(Configuration.withoutEffect().stream().map(key -> "`" + key + "`").toList());
  }

  @Test
  void the_page_of_compatibility_has_a_row_for_every_path_of_the_api() throws Exception {
    var named = new HashSet<String>();
    Matcher row = ROW.matcher(Files.readString(ROOT.resolve("docs/compatibility.md")));
    while (row.find()) {
      Matcher path = PATH.matcher(row.group(1));
      while (path.find()) {
        named.add(plain(path.group(1).replaceFirst("^points", "/collections/{c}/points")));
      }
    }
    JsonNode api;
    try (var in =
        new GZIPInputStream(
            Files.newInputStream(
                ROOT.resolve("query-api/src/test/resources/openapi/qdrant-1.19.json.gz")))) {
      api = JsonMapper.shared().readTree(in);
    }

    assertThat(api.path("paths").size()).isGreaterThan(40);
    assertThat(api.path("paths").propertyNames()).map(PagesTest::plain).isSubsetOf(named);
  }

  @Test
  void tests_that_pages_and_the_guide_of_GoVector_name_exist() throws IOException {
    Set<String> tests =
        ProjectFiles.java(true).stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());
    List<Path> texts = new ArrayList<>(pages());
    ProjectFiles.java(true).stream()
        .filter(file -> file.getFileName().toString().startsWith("GoVectorGuide"))
        .forEach(texts::add);
    var faults = new ArrayList<String>();
    int named = 0;
    for (Path text : texts) {
      Matcher test = TEST.matcher(Files.readString(text));
      while (test.find()) {
        named++;
        if (!tests.contains(test.group()) && !NO_TESTS.contains(test.group())) {
          faults.add(ROOT.relativize(text) + ": there is no " + test.group());
        }
      }
    }

    assertThat(faults).isEmpty();
    assertThat(named).isGreaterThan(50);
  }

  /// A path without the names of its parameters.
  private static String plain(String path) {
    return path.replaceAll("\\{[^}]*}", "{}");
  }

  private static Optional<String> fault(List<String> words) {
    if (ELSEWHERE.contains(words.getFirst()) || !words.getFirst().matches("-{0,2}[a-z][a-z-]*")) {
      return Optional.empty();
    }
    CommandLine command =
        CommandLineFactory.create((shape, settings) -> {
          throw new IllegalStateException();
        });
    int i = 0;
    while (i < words.size() && command.getSubcommands().containsKey(words.get(i))) {
      command = command.getSubcommands().get(words.get(i++));
    }
    if (i == 0 && !words.getFirst().startsWith("-")) {
      return Optional.of("there is no command " + words.getFirst());
    }
    boolean isGroup = i > 0 && !command.getSubcommands().isEmpty();
    if (isGroup && i < words.size() && words.get(i).matches("[a-z][a-z-]*")) {
      return Optional.of(String.join(" ", words) + " has an unknown " + words.get(i));
    }
    Set<String> known = new HashSet<>();
    command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
    for (String word : words.subList(i, words.size())) {
      String flag = word.replaceAll("=.*", "");
      if (flag.matches("-[a-z]|--[a-z-]+") && !known.contains(flag)) {
        return Optional.of(String.join(" ", words) + " has an unknown " + flag);
      }
    }
    return Optional.empty();
  }

  private static List<Path> pages() throws IOException {
    var pages =
        new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
    try (var files = Files.walk(ROOT.resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }
}
