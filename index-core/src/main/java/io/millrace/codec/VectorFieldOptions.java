package io.millrace.codec;

import io.millrace.model.Distance;
import io.millrace.model.Placement;
import io.millrace.model.VectorDatatype;

/// What the writer does with one vector field. Read again for every flush and merge, so a change is
/// applied by the next ones.
///
/// @param m links per node of the graph, 2·m on level 0 (the paper's M, Lucene's maxConn); 0 = no
///   graph
/// @param efConstruct candidates looked at while a node is linked (the paper's efConstruction,
///   Lucene's beamWidth)
/// @param int8 whether int8 rows are kept beside the raw ones
/// @param quantile of absolute components that sets the int8 scale, in (0, 1]
/// @param graphThreshold vectors from which on a merged segment gets a graph, or codes; 0 = never
/// @param datatype of the rows
/// @param placement what the page cache is asked to hold
/// @param codesAlone whether codes are kept where there is no graph (m = 0)
public record VectorFieldOptions(
    Distance distance,
    int m,
    int efConstruct,
    boolean int8,
    float quantile,
    int graphThreshold,
    VectorDatatype datatype,
    Placement placement,
    boolean codesAlone) {

  /// Float32 rows, all of them cached.
  public VectorFieldOptions(
      Distance distance, int m, int efConstruct, boolean int8, float quantile, int graphThreshold) {
    this(
        distance,
        m,
        efConstruct,
        int8,
        quantile,
        graphThreshold,
        VectorDatatype.FLOAT32,
        Placement.CACHED,
        false);
  }

  /// How a text of [#made] starts that tells of neither graph nor codes.
  static final String FLAT = "flat";

  public VectorFieldOptions {
    if (m < 0 || m > MillraceVectorsFormat.MAX_M) {
      throw new IllegalArgumentException(
          "m: expected 0 to " + MillraceVectorsFormat.MAX_M + ", got " + m);
    }
    if (m > 0 && efConstruct < 1) {
      throw new IllegalArgumentException("efConstruct: expected at least 1, got " + efConstruct);
    }
    if (!(quantile > 0 && quantile <= 1)) {
      throw new IllegalArgumentException("quantile: expected (0, 1], got " + quantile);
    }
    if (graphThreshold < 0) {
      throw new IllegalArgumentException(
          "graphThreshold: expected at least 0, got " + graphThreshold);
    }
  }

  /// Whether a merged segment of that many vectors gets a graph.
  public boolean wantsGraph(int vectors) {
    return m > 0 && wantsIndex(vectors);
  }

  /// Whether that many vectors get what makes searches fast: a graph with codes, or codes alone.
  boolean wantsIndex(int vectors) {
    return (m > 0 || codesAlone) && graphThreshold > 0 && vectors >= graphThreshold;
  }

  RowType rowType() {
    return RowType.of(datatype);
  }

  /// What a segment is made by, as text: where it differs from the text a segment was written with,
  /// a merge would write it in another way.
  ///
  /// @param indexed whether the segment has all that [#wantsIndex] asks for
  String made(boolean indexed) {
    StringBuilder text = new StringBuilder();
    if (indexed && m > 0) {
      text.append("graph ").append(m).append(' ').append(efConstruct);
    } else if (indexed && codesAlone) {
      text.append("codes");
    } else {
      text.append(FLAT);
    }
    if (int8) {
      text.append(", int8 ").append(quantile);
    }
    text.append(placement.coldRows() ? ", cold rows" : "");
    if (indexed && placement.coldGraph()) {
      text.append(", cold graph");
    }
    if (int8 && placement.coldQuantized()) {
      text.append(", cold int8");
    }
    return text.toString();
  }

  /// Whether a merge would write a segment in another way.
  ///
  /// @param made the text of [#made] it was written with
  boolean differFrom(String made) {
    return !made(!made.startsWith(FLAT)).equals(made);
  }
}
