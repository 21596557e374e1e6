package io.millrace.bench.kafka;

import io.millrace.bench.Rest;
import io.millrace.bench.Times;
import java.util.concurrent.locks.LockSupport;

/// Time from the sending of a record until a count sees it. One partition, so that the k-th record
/// is there as soon as the count is k.
///
/// @param p50Millis half of the records were there within this time
/// @param p99Millis all but one of a hundred were
/// @param worstMillis all were
record Freshness(
    int records, double perSecond, double p50Millis, double p99Millis, double worstMillis) {
  /// Sends `records` at an even rate and counts all the while.
  static Freshness measure(
      Rest rest,
      TopicFiller filler,
      String topic,
      String collectionPath,
      Records made,
      int records,
      int perSecond)
      throws InterruptedException {
    byte[][] values = new byte[records][];
    for (int id = 0; id < records; id++) {
      values[id] = made.record(id);
    }
    long[] sent = new long[records];
    long start = System.nanoTime();
    Thread sender =
        Thread.ofPlatform()
            .start(() -> {
              for (int id = 0; id < records; id++) {
                long due = start + id * 1_000_000_000L / perSecond;
                while (System.nanoTime() < due) {
                  LockSupport.parkNanos(due - System.nanoTime());
                }
                sent[id] = System.nanoTime();
                filler.send(topic, id, values[id]);
              }
            });
    long[] took = new long[records];
    int seen = 0;
    while (seen < records) {
      int count =
          rest.post(collectionPath + "/points/count", "{\"exact\":true}").path("count").intValue();
      long now = System.nanoTime();
      // What is counted was sent before, and `sent` of it is visible: the broker lies between.
      for (; seen < count; seen++) {
        took[seen] = now - sent[seen];
      }
      Thread.sleep(2);
    }
    sender.join();
    filler.flush();
    double seconds = (sent[records - 1] - start) / 1e9;
    Times times = Times.of(took);
    return new Freshness(
        records,
        records / seconds,
        times.percentileMillis(0.5),
        times.percentileMillis(0.99),
        times.percentileMillis(1));
  }
}
