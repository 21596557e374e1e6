package io.millrace.torture;

import io.millrace.torture.fault.Broker;
import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.SourceView;
import io.millrace.torture.workload.Streams;
import io.millrace.torture.workload.TopicWriter;
import java.time.Duration;
import java.util.Map;

/// committed and aborted transactions one after another, then one that stays open. Nothing of
/// an aborted one is ever seen; the lag counts to the open one and ends at 0, although markers
/// follow the last record.
final class Transactions implements Trial {
  private static final String SOURCE = "feed";
  private static final String TOPIC = "changes";
  private static final int PARTITIONS = 3;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);

  @Override
  public void run(TrialRun run) {
    try (Broker broker = Broker.start(run.kafkaLib(), run.folder());
        var writer =
            new TopicWriter(
                broker.address(),
                SOURCE,
                TOPIC,
                PARTITIONS,
                new Streams(run.draw().split(), PARTITIONS),
                run.history()::add,
                run.draw().split(),
                Map.of("transactional.id", "torture"))) {
      String config = KafkaLooks.config(broker.address(), SOURCE, TOPIC, KafkaLooks.BOTH, "");
      try (Server server = run.start(run.launch("serve", run.config(config)))) {
        var api = new Api(server.url(), Duration.ofSeconds(20));
        Streams.make(api, run.history());
        while (run.goesOn()) {
          int round = run.cycle();
          int all = run.draw().between(10, 40);
          int aborted = 0;
          for (int i = 0; i < all; i++) {
            boolean commit = run.draw().percent(60);
            writer.writeTransaction(commit);
            aborted += commit ? 0 : 1;
          }
          writer.openTransaction();
          openIsShownApart(run, api);
          writer.abort();
          writer.commitMarks(round);
          boolean shown = Pause.until(CATCH_UP, () -> Streams.showsMarks(api, PARTITIONS, round));
          if (!shown) {
            run.history().add(new Event.Fault("the topic is not read to its end"));
          }
          KafkaLooks.look(run, api, writer, SOURCE, PARTITIONS);
          lag(run, api, "the lag at the end");
          run.cycleDone("%d transactions, %d of them aborted".formatted(all, aborted));
        }
      }
    }
  }

  /// What waits behind an open transaction is no lag, and is shown.
  private static void openIsShownApart(TrialRun run, Api api) {
    Pause.until(
        run.patience(),
        () ->
            SourceView.of(api, SOURCE)
                .map(view -> view.figure("lag") == 0 && open(view) > 0)
                .orElse(false));
    lag(run, api, "the lag before an open transaction");
    long waiting = SourceView.of(api, SOURCE).map(Transactions::open).orElse(-1L);
    run.history()
        .add(
            new Event.Told(
                "records of an open transaction are shown",
                "some",
                waiting > 0 ? "some" : "" + waiting));
  }

  private static long open(SourceView view) {
    return view.streams().stream().mapToLong(SourceView.Stream::open).sum();
  }

  private static void lag(TrialRun run, Api api, String what) {
    double lag = SourceView.of(api, SOURCE).map(view -> view.figure("lag")).orElse(Double.NaN);
    run.history().add(new Event.Bounded(what, lag, 0));
  }
}
