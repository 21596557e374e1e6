package io.millrace.torture;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// The trials, their sizes per tier and what they are expected to cost.
final class Plan {

  /// One trial.
  ///
  /// @param p cycles in tier P; n and r likewise
  /// @param secondsPerCycle measured on 2 cores, see docs/reliability.md
  /// @param quick part of the short run that every change has to pass
  record Row(
      String id,
      String title,
      int p,
      int n,
      int r,
      double secondsPerCycle,
      boolean quick,
      Supplier<Trial> trial) {

    int cycles(Tier tier) {
      return switch (tier) {
        case P -> p;
        case N -> n;
        case R -> r;
      };
    }
  }

  private static final int LINES_PER_FILE = 2_000;
  private static final int CHANGES = 2_000;
  private static final int RECORDS = 5_000;
  private static final int FLOOD_SECONDS = 3;
  private static final int READS = 100;

  static final List<Row> ROWS =
      List.of(
          new Row("R-01", "kill -9 under REST writers", 18, 160, 1_000, 5.5, true, RestCrash::new),
          new Row("R-02", "kill -9 under Kafka records", 8, 80, 1_000, 7, true, KafkaCrash::new),
          new Row(
              "R-03",
              "kill -9 under dropped files",
              4,
              40,
              300,
              7,
              true,
              () -> new FileCrash(LINES_PER_FILE)),
          new Row(
              "R-72",
              "everything that can lie in a folder",
              1,
              0,
              0,
              20,
              true,
              () -> new FileDrop(16 << 20, 300, false)),
          new Row(
              "R-72-N",
              "the same, larger: 256 MiB, 5,000 files, a line of 1 GiB",
              0,
              1,
              0,
              240,
              false,
              () -> new FileDrop(256 << 20, 5_000, true)),
          new Row(
              "R-72-R",
              "the same in full: 10 GiB, 100,000 files, a line of 1 GiB",
              0,
              0,
              1,
              3_600,
              false,
              () -> new FileDrop(10L << 30, 100_000, true)),
          new Row("R-09", "a second server on the folder", 2, 5, 20, 5, true, SecondServer::new),
          new Row("R-10", "SIGTERM under full load", 4, 20, 200, 5, false, GracefulStop::new),
          new Row(
              "R-11",
              "kill -9 inside of snapshots, restores and alias changes",
              4,
              32,
              800,
              8,
              false,
              SnapshotCrash::new),
          new Row(
              "R-15",
              "the broker killed, its connections cut",
              1,
              10,
              100,
              12,
              true,
              BrokerOutage::new),
          new Row("R-16", "two servers of one group", 1, 12, 120, 22, true, SharedGroup::new),
          new Row("R-17", "aborted and open transactions", 1, 10, 100, 9, true, Transactions::new),
          new Row(
              "R-18",
              "one bad record in a hundred",
              1,
              15,
              300,
              10,
              true,
              () -> new Poison(RECORDS)),
          new Row(
              "R-19", "positions that the log does not have", 4, 16, 200, 12, true, LostLog::new),
          new Row(
              "R-21",
              "a producer faster than indexing",
              1,
              8,
              60,
              25,
              true,
              () -> new FastProducer(FLOOD_SECONDS)),
          new Row(
              "R-22",
              "fresh records, and reads that wait for one",
              1,
              10,
              50,
              14,
              true,
              () -> new FreshReads(READS)),
          new Row(
              "R-23",
              "the same changes by Kafka and by REST",
              1,
              10,
              200,
              12,
              true,
              () -> new KafkaAndRest(CHANGES)),
          new Row("R-30", "a full volume, and space again", 1, 10, 100, 12, true, FullVolume::new),
          new Row(
              "T-01",
              "kill -9 around the deletion of a collection",
              4,
              20,
              200,
              6,
              false,
              DroppedCollection::new),
          new Row(
              "SPLIT",
              "ingest and query over one folder, ingest killed",
              1,
              10,
              100,
              10,
              true,
              TwoProcesses::new));

  private Plan() {}

  static Optional<Row> find(String id) {
    return ROWS.stream().filter(row -> row.id().equalsIgnoreCase(id)).findFirst();
  }

  static String print(Tier tier) {
    var out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT, "%-6s %-58s %7s %7s  %s%n", "id", "trial", "cycles", "seconds", "quick"));
    double sum = 0;
    double quick = 0;
    for (Row row : ROWS) {
      double seconds = row.cycles(tier) * row.secondsPerCycle();
      sum += seconds;
      quick += row.quick() ? row.p() * row.secondsPerCycle() : 0;
      out.append(
          String.format(
              Locale.ROOT,
              "%-6s %-58s %7d %7.0f  %s%n",
              row.id(),
              row.title(),
              row.cycles(tier),
              seconds,
              row.quick() ? "yes" : ""));
    }
    out.append(
        String.format(
            Locale.ROOT,
            "tier %s: %.0f s in all; quick: %.0f s. Estimates for 2 cores.%n",
            tier,
            sum,
            quick));
    return out.toString();
  }
}
