package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.SourceView;
import io.millrace.torture.workload.Streams;
import io.millrace.torture.workload.TopicWriter;
import java.util.Map;

/// What trials with a topic have in common: the configuration of a source, and the look at all that
/// it has read.
final class KafkaLooks {
  /// A binding by which records go to the two collections of [Streams] as they say.
  static final String BOTH = "allow: [left, right]";

  private KafkaLooks() {}

  /// @param binding where the records go
  /// @param more lines of the source, each with its end
  static String config(String broker, String source, String topic, String binding, String more) {
    return """
    kafka:
      bootstrap: %s
    sources:
      %s:
        type: kafka
        topics: [%s]
        bindings: [ { topics: [%s], %s } ]
    """
            .formatted(broker, source, topic, topic, binding)
        + more.indent(4);
  }

  /// The marks of the round show, so everything is read: state, dead letters and positions.
  static void look(TrialRun run, Api api, TopicWriter writer, String source, int partitions) {
    Streams.scan(api, run.history(), partitions);
    run.history().add(new Event.DeadLetters(source, writer.deadLetters()));
    positions(run, api, source, writer.ends());
  }

  /// Points of a collection, once readers see as many as there should be, or do not in time.
  static void points(TrialRun run, Api api, String collection, long expected, String what) {
    Pause.until(run.patience(), () -> count(api, collection).equals("" + expected));
    run.history().add(new Event.Told(what, "" + expected, count(api, collection)));
  }

  private static String count(Api api, String collection) {
    Api.Answer answer =
        api.send("POST", "/collections/" + collection + "/points/count", "{\"exact\":true}");
    return answer.isOk()
        ? RawJson.fields(answer.result()).getOrDefault("count", "none")
        : answer.toString();
  }

  /// Where the source continues, once it has had time to write it down.
  ///
  /// @param ends by stream
  static void positions(TrialRun run, Api api, String source, Map<String, Long> ends) {
    Pause.until(
        run.patience(),
        () -> SourceView.of(api, source).map(view -> view.hasRead(ends)).orElse(false));
    SourceView.of(api, source)
        .ifPresent(view -> {
          for (SourceView.Stream stream : view.streams()) {
            Long end = ends.get(stream.name());
            if (end != null) {
              run.history()
                  .add(new Event.Position(source + "/" + stream.name(), stream.next(), end));
            }
          }
        });
  }
}
