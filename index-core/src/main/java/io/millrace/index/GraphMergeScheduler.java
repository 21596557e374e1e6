package io.millrace.index;

import io.millrace.meter.MergeLog;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.MergePolicy;

/// Runs merges on threads of their own, each once the heap has room for the graph it builds. They
/// never hold up the writing thread, however many wait: back-pressure is the pipeline's.
final class GraphMergeScheduler extends ConcurrentMergeScheduler {
  private final GraphMergePolicy policy;
  private final GraphHeap heap;
  private volatile Runnable onMerged = () -> {};
  private volatile Optional<MergeLog> log = Optional.empty();
  private final AtomicInteger untold = new AtomicInteger();

  /// @param threads that merge at the same time
  GraphMergeScheduler(GraphMergePolicy policy, GraphHeap heap, int threads) {
    this.policy = policy;
    this.heap = heap;
    setMaxMergesAndThreads(threads + 4, threads);
    disableAutoIOThrottle();
  }

  /// Called on a merge's own thread each time one is done, or has failed.
  void onMerged(Runnable listener) {
    onMerged = listener;
  }

  /// Whether merges are at work, or done and the listener does not know yet. Safe to call from any
  /// thread.
  boolean isBusy() {
    return untold.get() > 0;
  }

  /// Merges are told to it from now on.
  void logIn(MergeLog merges) {
    log = Optional.of(merges);
  }

  @Override
  protected void doMerge(MergeSource source, MergePolicy.OneMerge merge) throws IOException {
    untold.incrementAndGet();
    try {
      run(source, merge);
    } finally {
      try {
        onMerged.run(); // also when it failed: the writer may be closed
      } finally {
        untold.decrementAndGet();
      }
    }
  }

  private void run(MergeSource source, MergePolicy.OneMerge merge) throws IOException {
    int acquired = 0;
    Optional<MergeLog.Running> running = Optional.empty();
    MergeLog.Outcome outcome = MergeLog.Outcome.FAILED;
    try {
      acquired = acquire(merge);
      running = log.map(merges -> begin(merges, merge));
      super.doMerge(source, merge);
      outcome = merge.isAborted() ? MergeLog.Outcome.CANCELLED : MergeLog.Outcome.DONE;
    } finally {
      heap.release(acquired);
      MergeLog.Outcome how = outcome;
      long written = how == MergeLog.Outcome.DONE ? bytes(merge) : 0;
      running.ifPresent(ended -> ended.end(how, written));
    }
  }

  private static long bytes(MergePolicy.OneMerge merge) {
    try {
      return merge.getMergeInfo() == null ? 0 : merge.getMergeInfo().sizeInBytes();
    } catch (IOException uncounted) {
      return 0;
    }
  }

  /// Whoever is interrupted goes on without: only the writer itself can end a merge that it counts.
  private int acquire(MergePolicy.OneMerge merge) {
    try {
      return policy.acquireHeap(merge);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private MergeLog.Running begin(MergeLog merges, MergePolicy.OneMerge merge) {
    List<MergeLog.Part> parts =
        merge.segments.stream()
            .map(s -> new MergeLog.Part(SegmentList.id(s), s.info.maxDoc() - s.getDelCount()))
            .toList();
    return merges.begin(
        policy.kind(merge),
        parts,
        () -> Optional.ofNullable(merge.getMergeInfo()).map(SegmentList::id));
  }

  @Override
  protected synchronized boolean maybeStall(MergeSource mergeSource) {
    return true;
  }
}
