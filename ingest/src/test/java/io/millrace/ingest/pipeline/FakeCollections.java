package io.millrace.ingest.pipeline;

import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StreamSpan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Collections in memory that misbehave on demand. Safe for use by several threads.
public final class FakeCollections implements Targets {
  private final Map<String, Fake> byName = new ConcurrentHashMap<>();
  private final AtomicLong nextUid = new AtomicLong(1);

  public Fake make(String name) {
    Fake made = new Fake(name, nextUid.getAndIncrement());
    byName.put(name, made);
    return made;
  }

  public void drop(String name) {
    byName.remove(name);
  }

  /// The same collection is there again, as when an alias is.
  public void putBack(Fake collection) {
    byName.put(collection.name(), collection);
  }

  @Override
  public Optional<Target> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  @Override
  public List<Target> all() {
    return List.copyOf(byName.values());
  }

  /// What happens to the next batch.
  public sealed interface Trouble {
    record Refused(Failure why) implements Trouble {}

    /// Accepted and never durable: as when the disk fails under the log.
    record Lost(Failure why) implements Trouble {}

    /// Accepted, told as failed, and there when the log is opened again.
    record Kept(Failure why) implements Trouble {}

    record Late(CompletableFuture<Void> durable) implements Trouble {}
  }

  public static final class Fake implements Target {
    private final String name;
    private final long uid;
    private final Map<PointId, String> points = new TreeMap<>();
    private final List<WriteBatch> log = new ArrayList<>();
    private final Map<String, Long> positions = new HashMap<>();
    private final ArrayDeque<Trouble> troubles = new ArrayDeque<>();
    private long sequence;
    private volatile long searchable = -1;

    Fake(String name, long uid) {
      this.name = name;
      this.uid = uid;
    }

    public synchronized void next(Trouble trouble) {
      troubles.add(trouble);
    }

    /// No trouble any more.
    public synchronized void mend() {
      troubles.clear();
    }

    /// Id to payload.
    public synchronized Map<String, String> points() {
      Map<String, String> text = new TreeMap<>();
      points.forEach((id, payload) -> text.put(id.toString(), payload));
      return text;
    }

    public synchronized List<WriteBatch> log() {
      return List.copyOf(log);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long uid() {
      return uid;
    }

    /// Dense vectors have two components here.
    @Override
    public void validate(List<Operation> operations) {
      for (Operation operation : operations) {
        if (operation instanceof Operation.Upsert upsert) {
          for (var point : upsert.points()) {
            point
                .vectors()
                .forEach((vector, value) -> {
                  if (value instanceof io.millrace.model.VectorValue.Dense dense
                      && dense.values().length != 2) {
                    throw BadInput.dimension(2, dense.values().length, vector);
                  }
                });
          }
        }
      }
    }

    @Override
    public synchronized Submission submit(WriteBatch batch) {
      validate(batch.operations());
      Trouble trouble = troubles.poll();
      if (trouble instanceof Trouble.Refused refused) {
        throw refused.why();
      }
      CompletableFuture<Void> durable = new CompletableFuture<>();
      switch (trouble) {
        case Trouble.Lost lost -> durable.completeExceptionally(lost.why());
        case Trouble.Kept kept -> {
          write(batch);
          durable.completeExceptionally(kept.why());
        }
        case Trouble.Late late -> {
          durable = late.durable();
          write(batch);
        }
        case null, default -> {
          write(batch);
          durable.complete(null);
        }
      }
      long first = sequence;
      sequence += batch.operations().size();
      return new Submission(
          first, batch.operations().size(), durable, CompletableFuture.completedFuture(List.of()));
    }

    private void write(WriteBatch batch) {
      log.add(batch);
      for (StreamSpan span : batch.positions()) {
        positions.merge(key(span.source(), span.epoch(), span.stream()), span.last(), Math::max);
      }
      for (Operation operation : batch.operations()) {
        switch (operation) {
          case Operation.Upsert upsert ->
              upsert.points().forEach(p -> points.put(p.id(), p.payload().toString()));
          case Operation.Delete(Selection.Ids ids) -> ids.ids().forEach(points::remove);
          default -> throw new UnsupportedOperationException(operation.toString());
        }
      }
    }

    @Override
    public void awaitSearchable(io.millrace.model.Deadline deadline) {}

    /// Up to here readers see.
    public void show(long upTo) {
      searchable = upTo;
    }

    @Override
    public synchronized long logged() {
      return sequence - 1;
    }

    @Override
    public long searchable() {
      return searchable;
    }

    @Override
    public synchronized long pointCount() {
      return points.size();
    }

    @Override
    public synchronized OptionalLong position(String source, long epoch, String stream) {
      Long position = positions.get(key(source, epoch, stream));
      return position == null ? OptionalLong.empty() : OptionalLong.of(position);
    }

    private static String key(String source, long epoch, String stream) {
      return source + " " + epoch + " " + stream;
    }
  }
}
