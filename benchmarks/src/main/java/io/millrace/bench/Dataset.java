package io.millrace.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A folder of points, queries and exact answers, as `samples/README.md` describes it; all of it is
/// held in memory. Rows are float16 (`vectors.f16`, `queries.f16`) or float32 (`….f32`),
/// little-endian, without a header. Row r is point id r.
public final class Dataset implements Points.Source {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Rows vectors;
  private final Rows queries;
  private final List<String> payloads;
  private final List<JsonNode> queryFacts;
  private final List<ExactAnswers> answers;

  private Dataset(
      Rows vectors,
      Rows queries,
      List<String> payloads,
      List<JsonNode> queryFacts,
      List<ExactAnswers> answers) {
    this.vectors = vectors;
    this.queries = queries;
    this.payloads = List.copyOf(payloads);
    this.queryFacts = List.copyOf(queryFacts);
    this.answers = List.copyOf(answers);
  }

  /// @throws IOException a file is missing, or its length does not fit the counts in truth.json
  public static Dataset open(Path folder) throws IOException {
    JsonNode truth = JSON.readTree(Files.readString(folder.resolve("truth.json")));
    var facts = new ArrayList<JsonNode>();
    for (String line : Files.readAllLines(folder.resolve("queries.ndjson"))) {
      facts.add(JSON.readTree(line));
    }
    var answers = new ArrayList<ExactAnswers>();
    for (JsonNode filter : truth.path("filters")) {
      answers.add(ExactAnswers.read(filter, facts));
    }
    var dataset =
        new Dataset(
            Rows.read(folder, "vectors", truth.path("points").intValue()),
            Rows.read(folder, "queries", truth.path("queries").intValue()),
            lines(folder.resolve("payload.ndjson.gz")),
            facts,
            answers);
    if (dataset.payloads.size() != dataset.points() || facts.size() != dataset.queries()) {
      throw new IOException(folder + ": truth.json, payload and queries differ in their counts");
    }
    return dataset;
  }

  public int points() {
    return vectors.count;
  }

  public int queries() {
    return queries.count;
  }

  public int dimension() {
    return vectors.dimension;
  }

  @Override
  public float[] vector(int point) {
    return vectors.row(point);
  }

  public float[] query(int query) {
    return queries.row(query);
  }

  /// The payload of a point as a JSON object, without its id.
  @Override
  public String payload(int point) {
    String line = payloads.get(point);
    String id = "{\"id\":" + point + ",";
    return line.startsWith(id) ? "{" + line.substring(id.length()) : line;
  }

  /// What is known of a query: `text`, `kind`, `category` and more.
  public JsonNode queryFacts(int query) {
    return queryFacts.get(query);
  }

  public List<ExactAnswers> answers() {
    return answers;
  }

  /// In double precision over the stored numbers, whatever their lengths.
  public double cosine(int query, int point) {
    int dimension = dimension();
    long q = (long) query * dimension;
    long p = (long) point * dimension;
    double dot = 0;
    double qq = 0;
    double pp = 0;
    for (int i = 0; i < dimension; i++) {
      double a = queries.values[(int) (q + i)];
      double b = vectors.values[(int) (p + i)];
      dot += a * b;
      qq += a * a;
      pp += b * b;
    }
    return dot / Math.sqrt(qq * pp);
  }

  private static List<String> lines(Path gzip) throws IOException {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(gzip)), StandardCharsets.UTF_8))) {
      return reader.readAllLines();
    }
  }

  /// A matrix of floats, row by row.
  private static final class Rows {
    private final int count;
    private final int dimension;
    private final float[] values;

    private Rows(int count, float[] values) {
      this.count = count;
      this.dimension = values.length / count;
      this.values = values;
    }

    static Rows read(Path folder, String name, int count) throws IOException {
      Path halves = folder.resolve(name + ".f16");
      Path floats = folder.resolve(name + ".f32");
      boolean half = Files.exists(halves);
      if (!half && !Files.exists(floats)) {
        throw new NoSuchFileException(halves + " or " + floats.getFileName());
      }
      Path file = half ? halves : floats;
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      var values = new float[bytes.remaining() / (half ? Short.BYTES : Float.BYTES)];
      if (count <= 0 || values.length == 0 || values.length % count != 0) {
        throw new IOException(file + ": " + values.length + " numbers are not " + count + " rows");
      }
      for (int i = 0; i < values.length; i++) {
        values[i] = half ? Float.float16ToFloat(bytes.getShort()) : bytes.getFloat();
      }
      return new Rows(count, values);
    }

    float[] row(int row) {
      var copy = new float[dimension];
      System.arraycopy(values, row * dimension, copy, 0, dimension);
      return copy;
    }
  }
}
