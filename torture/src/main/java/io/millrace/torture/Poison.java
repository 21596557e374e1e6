package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.RawTopic;
import io.millrace.torture.workload.RestCollections;
import io.millrace.torture.workload.SourceView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// R-18: one record in a hundred is bad in one of the ways that a JSON record can be, and one good
/// one has 5 MB. Each bad one is a dead letter with its topic, partition, offset, code and pointer;
/// all good ones are points.
final class Poison implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "orders";
  private static final String COLLECTION = "c";
  private static final int PARTITIONS = 2;
  private static final Duration CATCH_UP = Duration.ofSeconds(120);

  /// @param key empty = none
  /// @param value empty = none
  private record Bad(String code, String key, String value) {}

  private static final List<Bad> BAD =
      List.of(
          new Bad("JSON_SYNTAX", "", "{\"collection_name\":\"c\",\"id\":1,\"vector\":[1,2"),
          new Bad("JSON_SYNTAX", "", "{\"collection_name\":\"c\",\"id\":1,\"vector\":[NaN,2,3,4]}"),
          new Bad("VECTOR_DIMENSION", "", "{\"collection_name\":\"c\",\"id\":1,\"vector\":[1,2]}"),
          new Bad(
              "VECTOR_NOT_FINITE", "", "{\"collection_name\":\"c\",\"id\":1,\"vector\":[1e39]}"),
          new Bad("VECTOR_EMPTY", "", "{\"collection_name\":\"c\",\"id\":1,\"vector\":[]}"),
          new Bad("ID_INVALID", "", "{\"collection_name\":\"c\",\"id\":-1,\"vector\":[1,2,3,4]}"),
          new Bad("PAYLOAD_NOT_OBJECT", "", "{\"collection_name\":\"c\",\"id\":1,\"payload\":[1]}"),
          new Bad("JSON_DUPLICATE_KEY", "", "{\"collection_name\":\"c\",\"id\":1,\"id\":2}"),
          new Bad("UNKNOWN_SHAPE", "", "{\"collection_name\":\"c\",\"hello\":1}"),
          new Bad("UNKNOWN_SHAPE", "", "[1,2]"),
          new Bad("TOMBSTONE_NO_ID", "tenant-7", ""),
          new Bad("COLLECTION_NOT_ALLOWED", "", "{\"collection_name\":\"secret\",\"id\":1}"),
          new Bad("NO_COLLECTION", "", "{\"collection_name\":\"c2\",\"id\":1}"));

  private final int records;

  /// @param records per cycle
  Poison(int records) {
    this.records = records;
  }

  @Override
  public void run(TrialRun run) {
    Map<String, String> codes = new TreeMap<>(); // of bad records, by position
    long good = 0;
    try (Broker broker = Broker.start(run.kafkaLib(), run.folder());
        var topic = new RawTopic(broker.address(), TOPIC, PARTITIONS)) {
      String config = KafkaLooks.config(broker.address(), SOURCE, TOPIC, "allow: [c, c2]", "");
      try (Server server = run.start(run.launch("serve", run.config(config)))) {
        var api = new Api(server.url(), Duration.ofSeconds(60));
        RestCollections.create(api, COLLECTION, Map.of("", 4));
        while (run.goesOn()) {
          for (int i = 0; i < records; i++) {
            int partition = run.draw().below(PARTITIONS);
            if (i % 100 == 50) {
              Bad bad = run.draw().of(BAD);
              byte[] value = bad.value().getBytes(StandardCharsets.UTF_8);
              long offset = topic.sent(topic.send(partition, bad.key(), value));
              codes.put(SOURCE + "/" + TOPIC + "/" + partition + "@" + offset, bad.code());
            } else {
              good++;
              String text = i == 1 ? "x".repeat(5_000_000) : "";
              var unused = topic.send(partition, point(good, text));
            }
          }
          topic.flush();
          Map<String, Long> ends = topic.ends();
          if (!Pause.until(
              CATCH_UP,
              () -> SourceView.of(api, SOURCE).map(view -> view.hasRead(ends)).orElse(false))) {
            run.history()
                .add(
                    new Event.Fault(
                        "the topic is not read to its end: " + api.get("/ingest/sources").body()));
          }
          KafkaLooks.positions(run, api, SOURCE, ends);
          letters(run, codes, topic);
          KafkaLooks.points(run, api, COLLECTION, good, "good records");
          run.cycleDone(records + " records, " + codes.size() + " bad ones so far");
        }
      }
    }
  }

  private static void letters(TrialRun run, Map<String, String> codes, RawTopic topic) {
    Map<String, String> found = new HashMap<>();
    for (Map<String, String> letter : topic.headersOf("millrace-dead-" + SOURCE)) {
      String position =
          SOURCE
              + "/"
              + letter.get("__connect.errors.topic")
              + "/"
              + letter.get("__connect.errors.partition")
              + "@"
              + letter.get("__connect.errors.offset");
      String id = letter.getOrDefault("millrace-dead-id", "");
      boolean isWhole = id.endsWith(":" + position) && letter.containsKey("millrace-dead-pointer");
      found.put(position, isWhole ? letter.getOrDefault("millrace-dead-code", "") : "" + letter);
    }
    codes.forEach((position, code) ->
        run.history()
            .add(
                new Event.Told(
                    "dead letter of " + position, code, found.getOrDefault(position, "none"))));
    found.keySet().removeAll(codes.keySet());
    run.history().add(new Event.Told("dead letters of good records", "[]", "" + found.keySet()));
  }

  private static String point(long id, String text) {
    return "{\"collection_name\":\"c\",\"id\":%d,\"vector\":[1,2,3,4],\"payload\":{\"t\":\"%s\"}}"
        .formatted(id, text);
  }
}
