package io.millrace.ingest.pipeline;

import io.millrace.collection.Outcome;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.StreamSpan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Batches of several streams as one entry of the log, so that many small files cost one fsync. All
/// of them become durable together or fail together; who fails tries again by itself, in order. One
/// thread.
public final class JoinedBatches implements Submitter {
  private static final class Open {
    private final Target target;
    private final List<Operation> operations = new ArrayList<>();
    private final List<StreamSpan> positions = new ArrayList<>();
    private final CompletableFuture<Void> durable = new CompletableFuture<>();
    private final CompletableFuture<List<Outcome>> applied = new CompletableFuture<>();

    Open(Target target) {
      this.target = target;
    }
  }

  private final Map<Long, Open> open = new LinkedHashMap<>(); // by uid of the collection

  @Override
  public Submission submit(Target target, WriteBatch batch) {
    Open into = open.computeIfAbsent(target.uid(), uid -> new Open(target));
    int from = into.operations.size();
    int until = from + batch.operations().size();
    into.operations.addAll(batch.operations());
    into.positions.addAll(batch.positions());
    return new Submission(
        -1,
        batch.operations().size(),
        into.durable,
        into.applied.thenApply(all -> all.subList(from, Math.min(until, all.size()))));
  }

  @Override
  public Submitter alone() {
    return DIRECT;
  }

  @Override
  public void flush() {
    List<Open> all = List.copyOf(open.values());
    open.clear();
    for (Open joined : all) {
      try {
        Submission submission =
            joined.target.submit(
                new WriteBatch(WriteBatch.Lane.STREAM, joined.operations, joined.positions));
        submission.durable().whenComplete((done, fault) -> pass(joined.durable, done, fault));
        submission.applied().whenComplete((done, fault) -> pass(joined.applied, done, fault));
      } catch (Failure failure) {
        joined.durable.completeExceptionally(failure);
        joined.applied.completeExceptionally(failure);
      }
    }
  }

  private static <T> void pass(
      CompletableFuture<T> to, T value, @org.jspecify.annotations.Nullable Throwable fault) {
    if (fault == null) {
      to.complete(value);
    } else {
      Throwable cause = fault.getCause();
      boolean wrapped =
          cause != null
              && (fault instanceof ExecutionException
                  || fault instanceof java.util.concurrent.CompletionException);
      to.completeExceptionally(wrapped && cause != null ? cause : fault);
    }
  }
}
