package io.millrace.bench.kafka;

import io.millrace.bench.Rest;
import io.millrace.bench.Times;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// Time from the sending of a record until a count sees it. One partition, so that the k-th record
/// is there as soon as the count is k. The source reads before the clock starts, and the records of
/// the first seconds are left out: the start of a source and of its code is another matter.
///
/// @param p50Millis half of the records were there within this time
/// @param p99Millis all but one of a hundred were
/// @param worstMillis all were
record Freshness(
    int records, double perSecond, double p50Millis, double p99Millis, double worstMillis) {
  private static final int LEAD_SECONDS = 5;

  /// Sends at an even rate and counts all the while.
  ///
  /// @param seconds that are measured
  static Freshness measure(
      Rest rest,
      TopicFiller filler,
      String topic,
      String collectionPath,
      Records made,
      int seconds,
      int perSecond)
      throws InterruptedException {
    int lead = LEAD_SECONDS * perSecond;
    int records = lead + seconds * perSecond;
    byte[][] values = new byte[records][];
    for (int id = 0; id < records; id++) {
      values[id] = made.record(id);
    }
    long[] sent = new long[records];
    filler.send(topic, 0, values[0]);
    while (count(rest, collectionPath) == 0) {
      Thread.sleep(10);
    }
    long start = System.nanoTime();
    Thread sender =
        Thread.ofPlatform()
            .start(() -> {
              for (int id = 1; id < records; id++) {
                long due = start + id * 1_000_000_000L / perSecond;
                while (System.nanoTime() < due) {
                  LockSupport.parkNanos(due - System.nanoTime());
                }
                sent[id] = System.nanoTime();
                filler.send(topic, id, values[id]);
              }
            });
    long[] took = new long[records];
    int seen = 1;
    while (seen < records) {
      int count = count(rest, collectionPath);
      long now = System.nanoTime();
      // What is counted was sent before, and `sent` of it is visible: the broker lies between.
      for (; seen < count; seen++) {
        took[seen] = now - sent[seen];
      }
      Thread.sleep(20);
    }
    sender.join();
    filler.flush();
    Times times = Times.of(Arrays.copyOfRange(took, lead, records));
    return new Freshness(
        records - lead,
        (records - lead) / ((sent[records - 1] - sent[lead]) / 1e9),
        times.percentileMillis(0.5),
        times.percentileMillis(0.99),
        times.percentileMillis(1));
  }

  private static int count(Rest rest, String collectionPath) throws InterruptedException {
    return rest.post(collectionPath + "/points/count", "{\"exact\":true}").path("count").intValue();
  }
}
