package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.Processes.Running;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The dashboard and the alert rules ask for nothing that a live server does not show.
class MonitoringIT {
  private static final Pattern METRIC =
      Pattern.compile(
          "\\b((?:millrace|rest|jvm|collections?|process|system|memory|app|snapshot)_[a-z0-9_]+)(\\{[^}]*\\})?");
  private static final Pattern OURS = Pattern.compile("\\b(?:millrace|jvm)_[a-z0-9_]+");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)\\s*\"");

  /// What Prometheus adds by itself.
  private static final Set<String> OF_THE_SCRAPE = Set.of("job", "instance");

  /// Shown once a topic is read, which this test has not: they are looked for where they are
  /// written.
  private static final Set<String> OF_PARTITIONS =
      Set.of("millrace_source_lag_records", "millrace_source_lag_seconds");

  @TempDir private Path folder;

  @Test
  void every_query_of_the_dashboard_and_of_the_alerts_is_about_what_a_scrape_shows()
      throws IOException {
    Map<String, Set<String>> shown = scrape();

    List<String> expressions = dashboard();
    int panels = expressions.size();
    expressions.addAll(alerts());
    assertThat(panels).isGreaterThan(25);
    assertThat(expressions.size() - panels).isGreaterThan(10);

    String writer =
        ProjectFiles.text(
            ProjectFiles.root()
                .resolve("query-api/src/main/java/io/millrace/api/metrics/SourceMetrics.java"));
    var missing = new TreeSet<String>();
    var asked = new HashSet<String>();
    for (String expression : expressions) {
      Matcher matcher = METRIC.matcher(expression);
      while (matcher.find()) {
        String name = matcher.group(1);
        asked.add(name);
        Set<String> labels = shown.get(name);
        if (labels == null && OF_PARTITIONS.contains(name)) {
          assertThat(writer).contains("\"" + name.substring("millrace_".length()) + "\"");
        } else if (labels == null) {
          missing.add(name);
        } else if (matcher.group(2) != null && !labels.isEmpty()) {
          Matcher label = LABEL.matcher(matcher.group(2));
          while (label.find()) {
            if (!labels.contains(label.group(1)) && !OF_THE_SCRAPE.contains(label.group(1))) {
              missing.add(name + "{" + label.group(1) + "}");
            }
          }
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(asked).hasSizeGreaterThan(15);
  }

  @Test
  void the_page_names_every_metric_of_ours_and_no_other() throws IOException {
    String page = ProjectFiles.text(ProjectFiles.root().resolve("docs/operations/monitoring.md"));
    String writer =
        ProjectFiles.text(
            ProjectFiles.root()
                .resolve("query-api/src/main/java/io/millrace/api/metrics/SourceMetrics.java"));
    Set<String> shown = families(scrapeText());

    var unnamed = new TreeSet<String>();
    for (String name : shown) {
      if (OURS.matcher(name).matches()
          && !page.contains("`" + name + "`")
          && !page.contains("`" + name + "{")) {
        unnamed.add(name);
      }
    }
    assertThat(unnamed).as("not on the page").isEmpty();
    var unknown = new TreeSet<String>();
    Matcher matcher = OURS.matcher(page);
    while (matcher.find()) {
      String name = matcher.group();
      boolean written = writer.contains("\"" + name.replaceFirst("^millrace_", "") + "\"");
      if (!shown.contains(name) && !written && !writer.contains("\"" + name + "\"")) {
        unknown.add(name);
      }
    }
    assertThat(unknown).as("shown by no server").isEmpty();
  }

  @Test
  void every_alert_has_a_runbook_and_every_panel_says_what_is_normal() throws IOException {
    String runbooks = ProjectFiles.text(ProjectFiles.root().resolve("docs/operations/runbooks.md"));
    int alerts = 0;
    for (Map<?, ?> rule : rules()) {
      String name = String.valueOf(rule.get("alert"));
      Map<?, ?> annotations = (Map<?, ?>) rule.get("annotations");
      String url = String.valueOf(annotations.get("runbook_url"));
      String anchor = url.substring(url.indexOf('#') + 1);
      assertThat(runbooks.toLowerCase(java.util.Locale.ROOT))
          .as(name)
          .contains("## " + anchor + "\n");
      assertThat(ProjectFiles.text(ProjectFiles.root().resolve("monitoring/alerts_test.yml")))
          .as("a unit test")
          .contains("alertname: " + name);
      alerts++;
    }
    assertThat(alerts).isGreaterThan(10);
    for (JsonNode panel : json().path("panels")) {
      if (!panel.path("type").asString().equals("row")) {
        assertThat(panel.path("description").asString())
            .as(panel.path("title").asString())
            .startsWith("Normal: ");
      }
    }
  }

  /// Names of samples and families, each with the labels it has.
  private Map<String, Set<String>> scrape() throws IOException {
    String text = scrapeText();
    var shown = new HashMap<String, Set<String>>();
    families(text).forEach(name -> shown.put(name, new HashSet<>()));
    for (String line : text.lines().toList()) {
      if (!line.startsWith("#") && !line.isBlank()) {
        int brace = line.indexOf('{');
        String name = line.substring(0, brace < 0 ? line.indexOf(' ') : brace);
        Set<String> labels = shown.computeIfAbsent(name, _ -> new HashSet<>());
        Matcher label = LABEL.matcher(line);
        while (label.find()) {
          labels.add(label.group(1));
        }
      }
    }
    return shown;
  }

  private static Set<String> families(String text) {
    return text.lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.split(" ")[2])
        .collect(Collectors.toSet());
  }

  /// Of a server with a collection, a snapshot, an inbox, a dead letter and a refused write.
  private String scrapeText() throws IOException {
    Path inbox = Files.createDirectory(folder.resolve("inbox"));
    try (var processes = new Processes()) {
      Running server =
          processes.server(
              Map.of("MILLRACE__SERVICE__METRICS_PORT", "0"),
              "serve",
              "-d",
              folder.resolve("data").toString(),
              "-p",
              "0",
              "--inbox",
              inbox.toString());
      server
          .call("PUT", "/collections/words", "{\"vectors\":{\"size\":1,\"distance\":\"Dot\"}}")
          .result();
      server
          .call(
              "PUT",
              "/collections/words/points?wait=true",
              "{\"points\":[{\"id\":1,\"vector\":[1]}]}")
          .result();
      server.call("POST", "/collections/words/points/query", "{\"query\":[1]}").result();
      server.call("POST", "/collections/words/snapshots", "").result();
      Path part = folder.resolve("part");
      Files.writeString(part, "{\"collection_name\":\"words\",\"id\":2,\"vector\":[1,2]}\n");
      Files.move(part, inbox.resolve("bad.ndjson"));
      Processes.await(
          "a dead letter", () -> server.text("/metrics").contains("millrace_dead_letters_total{"));
      // No volume is less than 1 % full.
      server.call("PUT", "/quotas", "{\"enabled\":true,\"max_disk_usage_percent\":1}").result();
      assertThat(
              server
                  .call(
                      "PUT",
                      "/collections/words/points",
                      "{\"points\":[{\"id\":3,\"vector\":[1]}]}")
                  .status())
          .isEqualTo(507);
      return get(server);
    }
  }

  /// From the operator's port, as Prometheus does in what we ship.
  private static String get(Running server) {
    String line = server.awaitLine("Operator's port open");
    URI url = URI.create(line.substring(line.indexOf("http://"), line.indexOf("/metrics") + 8));
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()).body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> dashboard() throws IOException {
    var expressions = new ArrayList<String>();
    for (JsonNode panel : json().path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        expressions.add(target.path("expr").asString());
      }
    }
    return expressions;
  }

  private static JsonNode json() throws IOException {
    return new JsonMapper()
        .readTree(Files.readString(ProjectFiles.root().resolve("monitoring/dashboard.json")));
  }

  private static List<String> alerts() {
    return rules().stream().map(rule -> String.valueOf(rule.get("expr"))).toList();
  }

  private static List<Map<?, ?>> rules() {
    String text = ProjectFiles.text(ProjectFiles.root().resolve("monitoring/alerts.yml"));
    var rules = new ArrayList<Map<?, ?>>();
    Map<?, ?> file = (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
    for (Object group : (List<?>) file.get("groups")) {
      for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
        rules.add((Map<?, ?>) rule);
      }
    }
    return rules;
  }
}
