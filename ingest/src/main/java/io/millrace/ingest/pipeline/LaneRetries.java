package io.millrace.ingest.pipeline;

import io.millrace.ingest.pipeline.StreamLane.LaneFailed;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a lane tries again, and what it shows meanwhile. The stream's own thread, but for [#health].
final class LaneRetries {
  private static final Logger LOG = LoggerFactory.getLogger(LaneRetries.class);

  private final SourceRun run;
  private final String stream;
  private volatile Health health = Health.RUNNING;
  private Submitter submitter = Submitter.DIRECT;

  LaneRetries(SourceRun run, String stream) {
    this.run = run;
    this.stream = stream;
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
      } catch (Failure.Damaged damaged) {
        waited = true;
        waitAs(SourceState.PARKED, String.valueOf(damaged.getMessage()), parked);
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

  void waitAs(SourceState state, String why, Backoff backoff) throws InterruptedException {
    if (health.state() != state) {
      LOG.warn(
          "A stream waits source={} stream={} state={} why={}", run.name(), stream, state, why);
    }
    health = new Health(state, why);
    submitter.flush();
    run.gate().pause(backoff.next());
  }

  void running() {
    if (health != Health.RUNNING) {
      LOG.info("A stream goes on source={} stream={}", run.name(), stream);
      health = Health.RUNNING;
    }
  }
}
