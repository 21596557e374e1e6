package io.millrace.api.json;

import io.millrace.model.Filter;
import io.millrace.model.PointId;
import io.millrace.model.query.Matrix;
import io.millrace.model.query.Matrix.Neighbour;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.core.JsonGenerator;

/// The body of `search/matrix/…` and both forms of its answer.
public final class MatrixJson {
  private MatrixJson() {}

  public static Matrix.Request read(JsonIn in) {
    At at = At.BODY.field("search_request");
    Filter filter = Filter.ALL;
    String using = "";
    long sample = 10;
    long limit = 3;
    JsonIn.Fields fields = in.object("struct SearchMatrixRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "filter" -> filter = FilterJson.read(in, at.field("filter"));
        case "using" -> using = in.string();
        case "sample" -> {
          sample = in.u64();
          in.violations().range(at.field("sample"), sample, 2, -1L);
        }
        case "limit" -> {
          limit = in.u64();
          in.violations().range(at.field("limit"), limit, 1, -1L);
        }
        case "shard_key" -> ShardKeyJson.ofRead(in);
        default -> in.skip();
      }
    }
    return new Matrix.Request(filter, using, sample, limit, ThreadLocalRandom.current().nextLong());
  }

  /// `{"pairs": [{"a", "b", "score"}, …]}`, row by row.
  public static void writePairs(JsonGenerator out, Matrix matrix) {
    out.writeStartObject();
    out.writeName("pairs");
    out.writeStartArray();
    for (int row = 0; row < matrix.ids().size(); row++) {
      for (Neighbour neighbour : matrix.neighbours().get(row)) {
        out.writeStartObject();
        out.writeName("a");
        IdJson.write(out, matrix.ids().get(row));
        out.writeName("b");
        IdJson.write(out, matrix.ids().get(neighbour.place()));
        out.writeName("score");
        VectorJson.number(out, neighbour.score());
        out.writeEndObject();
      }
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  /// `{"offsets_row", "offsets_col", "scores", "ids"}`: a sparse matrix by coordinates.
  public static void writeOffsets(JsonGenerator out, Matrix matrix) {
    List<List<Neighbour>> rows = matrix.neighbours();
    out.writeStartObject();
    out.writeName("offsets_row");
    out.writeStartArray();
    for (int row = 0; row < rows.size(); row++) {
      for (int i = 0; i < rows.get(row).size(); i++) {
        out.writeNumber(row);
      }
    }
    out.writeEndArray();
    out.writeName("offsets_col");
    out.writeStartArray();
    rows.forEach(row -> row.forEach(neighbour -> out.writeNumber(neighbour.place())));
    out.writeEndArray();
    out.writeName("scores");
    out.writeStartArray();
    rows.forEach(row -> row.forEach(neighbour -> VectorJson.number(out, neighbour.score())));
    out.writeEndArray();
    out.writeName("ids");
    out.writeStartArray();
    for (PointId id : matrix.ids()) {
      IdJson.write(out, id);
    }
    out.writeEndArray();
    out.writeEndObject();
  }
}
