package io.millrace.ingest.pipeline;

import io.millrace.ingest.config.SourceConfig.OnBad;
import io.millrace.ingest.pipeline.StreamLane.LaneFailed;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a lane tries again, and what it shows meanwhile. The stream's own thread, but for [#health].
final class LaneRetries {
  private static final Logger LOG = LoggerFactory.getLogger(LaneRetries.class);

  private final SourceRun run;
  private final String stream;
  private final Parking missing;
  private final Parking damaged;
  private volatile Health health = Health.RUNNING;
  private Submitter submitter = Submitter.DIRECT;

  LaneRetries(SourceRun run, String stream) {
    this.run = run;
    this.stream = stream;
    // Who stops before a bad record waits on: the stream stands where it should.
    Duration patience = run.onBad() == OnBad.BLOCK ? Duration.ZERO : run.trouble().parkTimeout();
    this.missing = new Parking(patience, System::nanoTime);
    this.damaged = new Parking(patience, System::nanoTime);
  }

  /// A collection was not usable for `park_timeout`, so `on_bad` decides about its records.
  static final class ParkedTooLong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Decoded.Bad reason;

    ParkedTooLong(Decoded.Bad reason) {
      super(reason.message(), null, false, false);
      this.reason = reason;
    }

    Decoded.Bad reason() {
      return reason;
    }
  }

  /// Who has to let go what was put off before anybody waits.
  Submitter submitter() {
    return submitter;
  }

  void by(Submitter way) {
    submitter = way;
  }

  /// Safe to call from any thread.
  Health health() {
    return health;
  }

  void show(Health now) {
    health = now;
  }

  interface Attempt<T> {
    T now();
  }

  /// Tries until it works. Only [BadInput] comes out, and [LaneFailed] for our own faults.
  <T> T persistent(Attempt<T> attempt) throws InterruptedException {
    return persistent("", attempt);
  }

  /// The same with a collection, for which a stream does not wait longer than `park_timeout`: then
  /// [ParkedTooLong].
  <T> T persistent(String collection, Attempt<T> attempt) throws InterruptedException {
    Backoff unavailable = run.paces().unavailable().start();
    Backoff parked = run.paces().parked().start();
    boolean waited = false;
    while (true) {
      try {
        T result = attempt.now();
        if (waited) {
          running();
        }
        return result;
      } catch (BadInput refused) {
        throw refused;
      } catch (Failure.Damaged broken) {
        waited = true;
        parkDamaged(collection, broken, parked);
      } catch (Failure failure) {
        waited = true;
        waitAs(SourceState.WAITING, String.valueOf(failure.getMessage()), unavailable);
      } catch (RuntimeException fault) {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedException();
        }
        throw failed(fault);
      }
    }
  }

  LaneFailed failed(Throwable cause) {
    health = new Health(SourceState.FAILED, String.valueOf(cause));
    return new LaneFailed(cause);
  }

  /// The collection of the binding does not exist.
  void parkMissing(String collection, Backoff backoff) throws InterruptedException {
    park(missing, collection, "There is no collection '" + collection + "'", backoff);
  }

  /// The collection cannot take writes before somebody repairs it.
  void parkDamaged(String collection, Failure.Damaged why, Backoff backoff)
      throws InterruptedException {
    park(damaged, collection, String.valueOf(why.getMessage()), backoff);
  }

  private void park(Parking parking, String collection, String why, Backoff backoff)
      throws InterruptedException {
    Duration pause = parking.atMost(backoff.next(), collection);
    if (pause.isZero()) {
      throw new ParkedTooLong(
          new Decoded.Bad(
              Code.NO_COLLECTION,
              "",
              why + "; waited for " + run.trouble().parkTimeout().toSeconds() + " s"));
    }
    waitAs(SourceState.PARKED, why, pause);
  }

  void found(String collection) {
    missing.ended(collection);
  }

  void writable(String collection) {
    damaged.ended(collection);
  }

  void waitAs(SourceState state, String why, Backoff backoff) throws InterruptedException {
    waitAs(state, why, backoff.next());
  }

  private void waitAs(SourceState state, String why, Duration pause) throws InterruptedException {
    if (health.state() != state) {
      LOG.warn(
          "A stream waits source={} stream={} state={} why={}", run.name(), stream, state, why);
    }
    health = new Health(state, why);
    submitter.flush();
    run.gate().pause(pause);
  }

  void running() {
    if (health != Health.RUNNING) {
      LOG.info("A stream goes on source={} stream={}", run.name(), stream);
      health = Health.RUNNING;
    }
  }
}
