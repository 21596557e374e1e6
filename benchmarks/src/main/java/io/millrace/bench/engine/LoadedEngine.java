package io.millrace.bench.engine;

import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Ours in the segments that a load leaves whose batches come slowly, with a default collection's
/// threshold: as they are when the last batch is merged, or after the rest that follows.
final class LoadedEngine implements Engine {
  private static final int BATCH = 500;
  private static final Duration BETWEEN_BATCHES = Duration.ofMillis(200);
  private static final long THRESHOLD_KB = 20_000;

  private final Corpus corpus;
  private final boolean rests;
  private final Collections store;
  private final Collection collection;
  private Optional<Searcher> searcher = Optional.empty();

  LoadedEngine(Corpus corpus, Path folder, boolean rests) {
    this.corpus = corpus;
    this.rests = rests;
    Duration restAfter = rests ? Duration.ofSeconds(1) : Duration.ofDays(1);
    this.store = Collections.open(folder, StoreSettings.defaults().withRestAfter(restAfter));
    VectorConfig vector = VectorConfig.of(corpus.dimension(), Distance.COSINE);
    this.collection =
        store.create(
            "bench",
            new CollectionConfig(
                new TreeMap<>(Map.of("", vector)), THRESHOLD_KB, PayloadBytes.EMPTY));
  }

  @Override
  public String name() {
    return rests ? "after a rest" : "after the load";
  }

  /// Segments, and points in those that have a graph.
  String segments() {
    CollectionInfo info = collection.info();
    return "%d segment%s, %,d of %,d points in graphs"
        .formatted(
            info.segments(),
            info.segments() == 1 ? "" : "s",
            info.indexedVectors(),
            corpus.points());
  }

  @Override
  public double build() throws InterruptedException {
    double before = ThreadedQueries.processSeconds();
    Submission last = null;
    for (int from = 0; from < corpus.points(); from += BATCH) {
      List<Point> batch = new ArrayList<>();
      for (int id = from; id < Math.min(corpus.points(), from + BATCH); id++) {
        batch.add(OneGraph.point(id, new VectorValue.Dense(corpus.row(id))));
      }
      last = collection.submit(WriteBatch.interactive(new Operation.Upsert(batch)));
      Thread.sleep(BETWEEN_BATCHES);
    }
    if (last != null) {
      collection.awaitSearchable(last.lastSequence(), Deadline.in(Duration.ofMinutes(30)));
    }
    CollectionInfo info = collection.info();
    while (info.status() != CollectionInfo.Status.GREEN || rests && info.segments() > 1) {
      Thread.sleep(Duration.ofMillis(50));
      info = collection.info();
    }
    searcher = Optional.of(collection.searcher(Deadline.NONE));
    return ThreadedQueries.processSeconds() - before;
  }

  @Override
  public Round ask(int ef, int threads, int passes) throws IOException, InterruptedException {
    return MillraceEngine.ask(searcher.orElseThrow(), corpus, ef, threads, passes);
  }

  @Override
  public void close() {
    searcher.ifPresent(Searcher::close);
    store.close();
  }
}
