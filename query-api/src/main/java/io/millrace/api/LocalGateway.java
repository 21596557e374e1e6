package io.millrace.api;

import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Outcome;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.AliasAction;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.QuotaConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Writes into collections of the same process.
public final class LocalGateway implements WriteGateway {
  /// How long an fsync may take before a writer is told that the log hangs.
  private static final Duration LOG_PATIENCE = Duration.ofSeconds(60);

  private final Collections collections;

  public LocalGateway(Collections collections) {
    this.collections = collections;
  }

  @Override
  public void createCollection(String name, CollectionConfig config) {
    collections.create(name, config);
  }

  @Override
  public void updateCollection(String nameOrAlias, CollectionConfig config) {
    collections.update(nameOrAlias, config);
  }

  @Override
  public boolean dropCollection(String name) {
    return collections.drop(name);
  }

  @Override
  public void changeAliases(List<AliasAction> actions) {
    collections.changeAliases(actions);
  }

  @Override
  public void changeQuotas(QuotaConfig quotas) {
    collections.changeQuotas(quotas);
  }

  @Override
  public UpdateResult submit(String name, List<Operation> operations, Wait wait) {
    Collection collection = collections.require(name);
    try {
      return submit(collection, operations, wait);
    } catch (Failure.Unavailable closed) {
      collections.require(name); // says so if it is gone
      throw closed;
    }
  }

  private static UpdateResult submit(Collection collection, List<Operation> operations, Wait wait) {
    Submission submission =
        collection.submit(new WriteBatch(WriteBatch.Lane.INTERACTIVE, operations, List.of()));
    return switch (wait) {
      case Wait.None _ -> {
        awaitDurable(submission, Deadline.in(LOG_PATIENCE));
        yield result(submission, UpdateResult.Status.ACKNOWLEDGED, List.of());
      }
      case Wait.Searchable(Duration atMost) ->
          awaitSearchable(collection, submission, Deadline.in(atMost));
    };
  }

  private static UpdateResult awaitSearchable(
      Collection collection, Submission submission, Deadline deadline) {
    try {
      List<Outcome> outcomes = get(submission.applied(), deadline);
      collection.awaitSearchable(submission.lastSequence(), deadline);
      awaitDurable(submission, deadline);
      return result(submission, UpdateResult.Status.COMPLETED, outcomes);
    } catch (Failure.TimedOut late) {
      awaitDurable(submission, Deadline.in(LOG_PATIENCE));
      return result(submission, UpdateResult.Status.WAIT_TIMEOUT, List.of());
    }
  }

  private static UpdateResult result(
      Submission submission, UpdateResult.Status status, List<Outcome> outcomes) {
    return new UpdateResult(
        submission.lastSequence(), status, outcomes.stream().map(Outcome::failure).toList());
  }

  private static void awaitDurable(Submission submission, Deadline deadline) {
    get(submission.durable(), deadline);
  }

  private static <T> T get(CompletableFuture<T> future, Deadline deadline) {
    try {
      return future.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new Failure.TimedOut("The write was not finished in time");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Failure failure) {
        throw failure;
      }
      throw new IllegalStateException("a write failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    }
  }
}
