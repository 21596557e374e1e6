package io.millrace.bench.engine;

import io.millrace.search.nearest.NearestSearch;
import java.io.IOException;

/// Our search over an index with a chosen number of graph segments.
final class SegmentedEngine implements Engine {
  private final Corpus corpus;
  private final NearestIndex index;
  private final NearestSearch search = new NearestSearch();

  SegmentedEngine(Corpus corpus, NearestIndex index) {
    this.corpus = corpus;
    this.index = index;
  }

  @Override
  public String name() {
    return index.segments() + (index.segments() == 1 ? " segment" : " segments");
  }

  @Override
  public double build() {
    return 0;
  }

  @Override
  public Round ask(int ef, int threads, int passes) throws IOException, InterruptedException {
    return ThreadedQueries.run(
        q -> index.ask(search, q, ef, null), corpus.queries(), threads, passes);
  }

  @Override
  public void close() throws IOException {
    index.close();
  }
}
