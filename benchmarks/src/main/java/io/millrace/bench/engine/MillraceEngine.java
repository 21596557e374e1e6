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
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;

/// Ours, through the door of the product: a collection of a data folder, asked through a
/// [Searcher]. Everything between its API and the kernels is inside the figures; HTTP and JSON are
/// not.
final class MillraceEngine implements Engine {
  private static final String NAME = "bench";
  private static final int BATCH = 500;

  private final String name;
  private final Corpus corpus;
  private final Collection collection;
  private final Collections collections;
  private Optional<Searcher> searcher = Optional.empty();

  MillraceEngine(
      String name,
      Corpus corpus,
      Path folder,
      VectorConfig.Quantization quantization,
      Graph graph) {
    this.name = name;
    this.corpus = corpus;
    this.collections = Collections.open(folder, StoreSettings.defaults());
    VectorConfig vector =
        new VectorConfig(
            corpus.dimension(), Distance.COSINE, graph.m, graph.efConstruct, 10, quantization);
    // A graph over everything, as soon as the last rows are there: one segment in every engine.
    long threshold = Math.max(1, corpus.points() * 4L * corpus.dimension() / 1024);
    this.collection =
        collections.create(
            NAME,
            new CollectionConfig(new TreeMap<>(Map.of("", vector)), threshold, PayloadBytes.EMPTY));
  }

  /// @param m links per node
  record Graph(int m, int efConstruct) {}

  @Override
  public String name() {
    return name;
  }

  @Override
  public double build() throws InterruptedException {
    double before = ThreadedQueries.processSeconds();
    Submission last = null;
    for (int from = 0; from < corpus.points(); from += BATCH) {
      List<Point> batch = new ArrayList<>();
      for (int r = from; r < Math.min(corpus.points(), from + BATCH); r++) {
        batch.add(
            new Point(
                PointId.of(r),
                Map.of("", new VectorValue.Dense(corpus.row(r))),
                PayloadBytes.EMPTY));
      }
      last = collection.submit(WriteBatch.interactive(new Operation.Upsert(batch)));
    }
    if (last != null) {
      collection.awaitSearchable(last.lastSequence(), Deadline.in(Duration.ofMinutes(10)));
    }
    while (true) {
      CollectionInfo info = collection.info();
      if (info.status() == CollectionInfo.Status.GREEN
          && info.indexedVectors() == corpus.points()) {
        break;
      }
      Thread.sleep(Duration.ofMillis(50));
    }
    searcher = Optional.of(collection.searcher(Deadline.NONE));
    return ThreadedQueries.processSeconds() - before;
  }

  @Override
  public Round ask(int ef, int threads, int passes) throws IOException, InterruptedException {
    Searcher open = searcher.orElseThrow();
    SearchParams params =
        new SearchParams(
            OptionalInt.of(ef),
            false,
            false,
            false,
            SearchParams.Rescore.DEFAULT,
            OptionalDouble.empty());
    return ThreadedQueries.run(
        q -> {
          List<Hit> hits =
              open.nearest(
                  new NearestQuery(
                      "",
                      new VectorValue.Dense(corpus.query(q)),
                      Filter.ALL,
                      Corpus.K,
                      0,
                      OptionalDouble.empty(),
                      params,
                      Fetch.ID_ONLY),
                  Deadline.NONE);
          int[] ids = new int[hits.size()];
          for (int i = 0; i < ids.length; i++) {
            ids[i] = (int) ((PointId.Num) hits.get(i).point().id()).value();
          }
          return ids;
        },
        corpus.queries(),
        threads,
        passes);
  }

  @Override
  public void close() {
    searcher.ifPresent(Searcher::close);
    collections.close();
  }
}
