package io.millrace.bench.engine;

import io.millrace.collection.Searcher;
import io.millrace.kernel.ExactScore;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;

/// Multivectors by their graph and by a scan, through the door of the product. Documents are made
/// up as token embeddings of texts are: the rows of a document are near some of the tokens of its
/// topic, and all of them lean towards the topic and towards the document.
final class MultivectorTable {
  private static final int DIMENSION = 128;
  private static final int TOKENS = 3_000;
  private static final int TOKENS_OF_TOPIC = 60;
  private static final int DOCUMENTS_OF_TOPIC = 40;
  private static final float CONTEXT = 0.5f;
  private static final float NOISE = 0.35f;
  private static final float QUERY_NOISE = 0.5f;
  private static final int BATCH = 200;
  private static final int[] QUERY_ROWS = {1, 4, 8, 32};

  private final SplittableRandom random;
  private final int documents;
  private final int rows;
  private final int queries;
  private final float[][] tokens = new float[TOKENS][];
  private final float[][] topics;
  private final int[][] tokensOf;
  private final List<float[]> asked = new ArrayList<>();

  /// @param rows of a document
  MultivectorTable(int documents, int rows, int queries, long seed) {
    this.random = new SplittableRandom(seed);
    this.documents = documents;
    this.rows = rows;
    this.queries = Math.min(queries, documents);
    for (int i = 0; i < TOKENS; i++) {
      tokens[i] = gaussian(1);
    }
    this.topics = new float[Math.max(4, documents / DOCUMENTS_OF_TOPIC)][];
    this.tokensOf = new int[topics.length][];
    for (int i = 0; i < topics.length; i++) {
      topics[i] = gaussian(CONTEXT);
      tokensOf[i] = random.ints(TOKENS_OF_TOPIC, 0, TOKENS).toArray();
    }
  }

  /// @param scanMicros CPU per query where every document is compared
  /// @param graphMicros CPU per query by the graph, at the default `hnsw_ef`
  /// @param recall of the ten best
  record Line(int queryRows, double scanMicros, double graphMicros, double recall) {}

  /// @param buildSeconds CPU of the process until the graph was there
  record Result(int documents, int rows, int dimension, double buildSeconds, List<Line> lines) {}

  Result measure(Path folder) throws IOException, InterruptedException {
    VectorConfig vector = VectorConfig.of(DIMENSION, Distance.COSINE).asMulti();
    try (OneGraph collection = new OneGraph(folder, vector, documents, (long) documents * rows)) {
      double seconds = collection.fill(BATCH, id -> OneGraph.point(id, next(id)));
      List<Line> lines = new ArrayList<>();
      try (Searcher searcher = collection.searcher()) {
        for (int queryRows : QUERY_ROWS) {
          lines.add(line(searcher, queryRows));
        }
      }
      return new Result(documents, rows, DIMENSION, seconds, lines);
    }
  }

  /// Some of the documents are asked for later.
  private VectorValue next(int id) {
    float[] document = document(random.nextInt(topics.length));
    if (id % (documents / queries) == 0 && asked.size() < queries) {
      asked.add(document);
    }
    return new VectorValue.Multi(DIMENSION, document);
  }

  private Line line(Searcher searcher, int queryRows) throws IOException, InterruptedException {
    List<VectorValue> values = asked.stream().map(document -> query(document, queryRows)).toList();
    ask(searcher, values.subList(0, values.size() / 4), true); // warm
    Engine.Round scan = ask(searcher, values, true);
    ask(searcher, values, false);
    Engine.Round graph = ask(searcher, values, false);
    int found = 0;
    int wanted = 0;
    for (int i = 0; i < values.size(); i++) {
      Set<Integer> nearest = new HashSet<>();
      for (int id : scan.found()[i]) {
        nearest.add(id);
      }
      wanted += nearest.size();
      for (int id : graph.found()[i]) {
        found += nearest.contains(id) ? 1 : 0;
      }
    }
    return new Line(queryRows, scan.cpuMicros(), graph.cpuMicros(), (double) found / wanted);
  }

  private static Engine.Round ask(Searcher searcher, List<VectorValue> queries, boolean exact)
      throws IOException, InterruptedException {
    SearchParams params =
        new SearchParams(
            OptionalInt.empty(),
            exact,
            false,
            false,
            SearchParams.Rescore.DEFAULT,
            OptionalDouble.empty());
    return ThreadedQueries.run(
        q -> {
          List<Hit> hits =
              searcher.nearest(
                  new NearestQuery(
                      "",
                      queries.get(q),
                      Filter.ALL,
                      Corpus.K,
                      0,
                      OptionalDouble.empty(),
                      params,
                      Fetch.ID_ONLY),
                  Deadline.NONE);
          return hits.stream()
              .mapToInt(hit -> (int) ((PointId.Num) hit.point().id()).value())
              .toArray();
        },
        queries.size(),
        1,
        1);
  }

  private float[] document(int topic) {
    float[] own = gaussian(CONTEXT);
    float[] document = new float[rows * DIMENSION];
    for (int at = 0; at < document.length; at += DIMENSION) {
      float[] row = tokens[tokensOf[topic][random.nextInt(TOKENS_OF_TOPIC)]].clone();
      add(row, topics[topic]);
      add(row, own);
      add(row, gaussian(NOISE));
      ExactScore.normalize(row);
      System.arraycopy(row, 0, document, at, DIMENSION);
    }
    return document;
  }

  /// The first rows of a document, each a little off.
  private VectorValue query(float[] document, int queryRows) {
    float[] query = new float[queryRows * DIMENSION];
    for (int at = 0; at < query.length; at += DIMENSION) {
      float[] row = gaussian(QUERY_NOISE);
      int from = at % document.length;
      for (int i = 0; i < DIMENSION; i++) {
        query[at + i] = document[from + i] + row[i];
      }
    }
    return new VectorValue.Multi(DIMENSION, query);
  }

  private static void add(float[] to, float[] what) {
    for (int i = 0; i < to.length; i++) {
      to[i] += what[i];
    }
  }

  /// @param length that is expected of it
  private float[] gaussian(float length) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) (random.nextGaussian() * length / Math.sqrt(DIMENSION));
    }
    return vector;
  }
}
