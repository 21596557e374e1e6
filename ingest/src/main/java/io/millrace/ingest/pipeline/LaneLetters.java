package io.millrace.ingest.pipeline;

import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Failure;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The dead letters of one stream: made of refused records, and written until they are durable. The
/// stream's own thread, but for [#last].
final class LaneLetters {
  private final SourceRun run;
  private final long epoch;
  private final String stream;
  private final String topic;
  private final long partition;
  private final LaneRetries retries;
  private String first = "";
  private volatile String last = "";

  /// @param partition of the topic, or number of the file
  LaneLetters(
      SourceRun run,
      long epoch,
      String stream,
      Origin origin,
      long partition,
      LaneRetries retries) {
    this.run = run;
    this.epoch = epoch;
    this.stream = stream;
    this.topic =
        switch (origin) {
          case Origin.Topic(String name) -> name;
          case Origin.DroppedFile(String name) -> "file:" + name;
        };
    this.partition = partition;
    this.retries = retries;
  }

  /// @param collection as far as it is known
  DeadLetter letter(RawRecord record, Optional<String> collection, Decoded.Bad reason) {
    return new DeadLetter(
        run.name(),
        epoch,
        stream,
        topic,
        partition,
        record,
        collection,
        reason,
        Instant.now(run.clock()));
  }

  /// Remembers the letter for those who look at the stream.
  void note(DeadLetter letter) {
    last =
        letter.record().number() + ": " + letter.reason().code() + " " + letter.reason().message();
    first = first.isEmpty() ? last : first;
  }

  /// Number, code and reason of the first letter noted since the start of the process, or `""`.
  String first() {
    return first;
  }

  /// The same of the last one. Safe to call from any thread.
  String last() {
    return last;
  }

  /// Returns when they are durable, however long that takes; `on_bad: skip` only counts them.
  void write(List<DeadLetter> letters) throws InterruptedException {
    letters.forEach(letter -> run.refusals().note(letter.position()));
    if (letters.isEmpty() || run.onBad() == OnBad.SKIP) {
      return;
    }
    Backoff backoff = run.paces().unavailable().start();
    while (true) {
      try {
        run.deadLetters().write(letters);
        retries.running();
        return;
      } catch (Failure e) {
        retries.waitAs(SourceState.WAITING, String.valueOf(e.getMessage()), backoff);
      }
    }
  }
}
