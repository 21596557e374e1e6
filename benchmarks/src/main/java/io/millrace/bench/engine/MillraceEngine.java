package io.millrace.bench.engine;

import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.Fetch;
import io.millrace.model.Filter;
import io.millrace.model.Hit;
import io.millrace.model.NearestQuery;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PointId;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// Ours, through the door of the product: a collection of a data folder, asked through a
/// [Searcher]. Everything between its API and the kernels is inside the figures; HTTP and JSON are
/// not.
final class MillraceEngine implements Engine {
  private static final int BATCH = 500;

  private final String name;
  private final Corpus corpus;
  private final OneGraph collection;
  private Optional<Searcher> searcher = Optional.empty();

  MillraceEngine(
      String name,
      Corpus corpus,
      Path folder,
      VectorConfig.Quantization quantization,
      Graph graph) {
    this.name = name;
    this.corpus = corpus;
    VectorConfig vector =
        new VectorConfig(
            corpus.dimension(), Distance.COSINE, graph.m, graph.efConstruct, 10, quantization);
    this.collection = new OneGraph(folder, vector, corpus.points(), corpus.points());
  }

  /// @param m links per node
  record Graph(int m, int efConstruct) {}

  @Override
  public String name() {
    return name;
  }

  @Override
  public double build() throws InterruptedException {
    double seconds =
        collection.fill(BATCH, row -> OneGraph.point(row, new VectorValue.Dense(corpus.row(row))));
    searcher = Optional.of(collection.searcher());
    return seconds;
  }

  @Override
  public Round ask(int ef, int threads, int passes) throws IOException, InterruptedException {
    return ask(searcher.orElseThrow(), corpus, ef, threads, passes);
  }

  static Round ask(Searcher open, Corpus corpus, int ef, int threads, int passes)
      throws IOException, InterruptedException {
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
    collection.close();
  }
}
