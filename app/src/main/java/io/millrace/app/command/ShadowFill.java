package io.millrace.app.command;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Fills a collection from the Kafka sources that feed another one, by a shadow source for each.
/// The server keeps them: a command that was broken off finds them again.
final class ShadowFill {
  private static final Duration LOOK = Duration.ofMillis(200);

  /// Looks at a paused source that show no change, until it counts as still.
  private static final int STILL = 5;

  private static final Set<String> STUCK =
      Set.of(
          "parked",
          "surge",
          "log_truncated",
          "topic_recreated",
          "cluster_changed",
          "denied",
          "failed");

  private final Remote remote;
  private final String alias;
  private final String old;
  private final String made;
  private final Map<String, String> shadows = new LinkedHashMap<>(); // shadow by source
  private final Set<String> paused = new HashSet<>(); // sources that this command paused

  ShadowFill(Remote remote, String alias, String old, String made) {
    this.remote = remote;
    this.alias = alias;
    this.old = old;
    this.made = made;
  }

  /// The collection that an earlier, broken off run fills for this alias; empty without one. What
  /// filled a collection that somebody removed is ended.
  static String begun(Remote remote, String alias) {
    String begun = "";
    for (Map.Entry<String, JsonNode> source : configs(remote).entrySet()) {
      JsonNode config = source.getValue();
      if (config.path("type").asString().equals("shadow")
          && texts(config.path("collections")).contains(alias)) {
        String into = config.path("into").asString();
        if (remote
            .result("GET", "/collections/" + Remote.step(into) + "/exists", "")
            .path("exists")
            .booleanValue()) {
          begun = into;
        } else {
          remote.result("DELETE", "/ingest/sources/" + Remote.step(source.getKey()), "");
        }
      }
    }
    return begun;
  }

  /// The sources that feed the old collection.
  ///
  /// @param wanted names; empty = all over topics that may lead there
  List<String> sources(List<String> wanted) {
    List<String> found = new ArrayList<>();
    configs(remote)
        .forEach((name, config) -> {
          boolean feeds = config.path("type").asString().equals("kafka") && feeds(config);
          if (wanted.isEmpty() ? feeds : wanted.contains(name)) {
            found.add(name);
          }
        });
    for (String name : wanted) {
      if (!found.contains(name)) {
        throw new CommandFailure("there is no source " + name);
      }
    }
    if (found.isEmpty()) {
      throw new CommandFailure(
          "no source over topics feeds "
              + alias
              + "; --from collection copies its points, --source names a source");
    }
    return found;
  }

  /// Whether a binding leads to the collection, or its records may name it.
  private boolean feeds(JsonNode config) {
    for (JsonNode binding : config.path("bindings")) {
      String collection = binding.path("collection").asString("");
      if (collection.isEmpty()
          || collection.contains("{")
          || collection.equals(alias)
          || collection.equals(old)) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, JsonNode> configs(Remote remote) {
    Map<String, JsonNode> configs = new TreeMap<>();
    for (JsonNode source : remote.result("GET", "/ingest/sources", "")) {
      String name = source.path("name").asString();
      configs.put(
          name, remote.result("GET", "/ingest/sources/" + Remote.step(name), "").path("config"));
    }
    return configs;
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.asString()));
    return texts;
  }

  /// Starts what does not run yet.
  ///
  /// @param start `earliest`, a time, or `collection`
  /// @param model that embeds the texts; empty = those that the records name
  void start(List<String> sources, String start, Optional<String> model) {
    Map<String, JsonNode> there = configs(remote);
    for (String source : sources) {
      String shadow = shadowName(source);
      shadows.put(source, shadow);
      if (there.containsKey(shadow)) {
        remote.result("POST", "/ingest/sources/" + Remote.step(shadow) + "/resume", "{}");
      } else {
        ObjectNode body =
            Remote.JSON
                .createObjectNode()
                .put("type", "shadow")
                .put("of", source)
                .put("into", made)
                .put("start", start);
        model.ifPresent(name -> body.put("model", name));
        body.putArray("collections").add(alias).add(old);
        remote.result("PUT", "/ingest/sources/" + Remote.step(shadow), body.toString());
      }
    }
  }

  /// As long as a source's name may be.
  private String shadowName(String source) {
    String name = "reindex-" + Integer.toHexString(made.hashCode()) + "-" + source;
    return name.length() <= 63 ? name : name.substring(0, 63);
  }

  /// Returns when every shadow is close behind its topics. Fails when one stands still; what it has
  /// stays, and the next run goes on there.
  void awaitCaughtUp() {
    long total = 0;
    try (ProgressLine progress = new ProgressLine("reindex " + alias, "records", 0, 0)) {
      boolean caughtUp = false;
      while (!caughtUp) {
        long lag = 0;
        long next = 0;
        caughtUp = true;
        for (String shadow : shadows.values()) {
          JsonNode status = status(shadow);
          refuseStuck(shadow, status);
          lag += status.path("lag").asLong();
          next += status.path("applied").asLong() + status.path("unbound").asLong();
          caughtUp &= isCaughtUp(status);
        }
        total = Math.max(total, next + lag);
        progress.of(total);
        progress.at(total - lag);
        if (!caughtUp) {
          pause();
        }
      }
    }
  }

  /// Within what it reads in a second.
  private static boolean isCaughtUp(JsonNode status) {
    boolean measured = !status.path("streams").isEmpty();
    for (JsonNode stream : status.path("streams")) {
      measured &= stream.path("end").isNumber();
    }
    return measured
        && status.path("state").asString().equals("running")
        && status.path("lag").asLong() <= status.path("records_per_second").asDouble();
  }

  private static void refuseStuck(String source, JsonNode status) {
    String state = status.path("state").asString();
    if (STUCK.contains(state)) {
      throw new CommandFailure(
          source
              + " stands still ("
              + state
              + "): "
              + status.path("why").asString()
              + "; when that is mended, run the command again, it goes on there");
    }
  }

  private JsonNode status(String source) {
    return remote.result("GET", "/ingest/sources/" + Remote.step(source), "");
  }

  /// The sources stand still, the shadows have everything those have, and stand still too. Returns
  /// by how many records the shadows are ahead.
  long meet() {
    for (String source : shadows.keySet()) {
      if (!status(source).path("paused").booleanValue()) {
        remote.result("POST", "/ingest/sources/" + Remote.step(source) + "/pause", "{}");
        paused.add(source);
      }
    }
    long apart = 0;
    for (Map.Entry<String, String> each : shadows.entrySet()) {
      Map<String, Long> sourceAt = still(each.getKey());
      String shadow = each.getValue();
      while (!isBehind(sourceAt, next(shadow))) {
        refuseStuck(shadow, status(shadow));
        pause();
      }
      remote.result("POST", "/ingest/sources/" + Remote.step(shadow) + "/pause", "{}");
      Map<String, Long> shadowAt = still(shadow);
      awaitSearchable(shadow, shadowAt);
      for (Map.Entry<String, Long> stream : shadowAt.entrySet()) {
        apart += stream.getValue() - sourceAt.getOrDefault(stream.getKey(), 0L);
      }
    }
    return apart;
  }

  private static boolean isBehind(Map<String, Long> source, Map<String, Long> shadow) {
    return source.entrySet().stream()
        .allMatch(stream -> shadow.getOrDefault(stream.getKey(), -1L) >= stream.getValue());
  }

  /// Next position by stream.
  private Map<String, Long> next(String source) {
    Map<String, Long> next = new TreeMap<>();
    for (JsonNode stream : status(source).path("streams")) {
      next.put(stream.path("stream").asString(), stream.path("next").asLong());
    }
    return next;
  }

  /// Positions of a paused source, when what was under way is done.
  private Map<String, Long> still(String source) {
    Map<String, Long> before = next(source);
    int same = 0;
    while (same < STILL) {
      pause();
      Map<String, Long> now = next(source);
      same = now.equals(before) ? same + 1 : 0;
      before = now;
    }
    return before;
  }

  private void awaitSearchable(String shadow, Map<String, Long> next) {
    next.forEach((stream, at) -> {
      if (at > 0) {
        remote.result(
            "GET",
            "/ingest/wait?timeout=60&collection="
                + Remote.step(made)
                + "&position="
                + Remote.step(shadow + "/" + stream + "@" + (at - 1)),
            "");
      }
    });
  }

  /// The shadows end; what they have stays in the collection.
  void end() {
    for (String shadow : shadows.values()) {
      Remote.Answer ended = remote.send("DELETE", "/ingest/sources/" + Remote.step(shadow), "");
      if (!ended.isGood() && ended.status() != 404) {
        throw new CommandFailure(Remote.error(ended));
      }
    }
  }

  /// The sources that were paused for the comparison go on.
  void resume() {
    for (String source : paused) {
      remote.result("POST", "/ingest/sources/" + Remote.step(source) + "/resume", "{}");
    }
    paused.clear();
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK);
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted");
    }
  }
}
