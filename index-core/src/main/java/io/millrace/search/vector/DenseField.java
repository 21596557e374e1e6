package io.millrace.search.vector;

import io.millrace.codec.RawRows;
import io.millrace.codec.VectorSegment;
import io.millrace.index.Fields;
import io.millrace.index.PointReader;
import io.millrace.meter.SearchWork;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.NearestRequest;
import io.millrace.search.nearest.NearestSearch;
import io.millrace.search.nearest.PointScore;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.nearest.Target;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;
import org.jspecify.annotations.Nullable;

/// Vectors of one row each.
final class DenseField implements VectorField {
  private final List<LeafReaderContext> leaves;
  private final String name;
  private final String field;
  private final VectorConfig config;
  private final IdOrder ids;
  private final NearestSearch nearest;
  private final SearchWork work;

  DenseField(
      List<LeafReaderContext> leaves,
      String name,
      VectorConfig config,
      IdOrder ids,
      NearestSearch nearest,
      SearchWork work) {
    this.leaves = leaves;
    this.name = name;
    this.field = Fields.vector(name, config.since());
    this.config = config;
    this.ids = ids;
    this.nearest = nearest;
    this.work = work;
  }

  @Override
  public boolean largerIsBetter() {
    return config.distance().largerIsBetter();
  }

  @Override
  public List<Candidate> nearest(
      VectorValue query, SegmentFilter filter, int limit, SearchParams params, Deadline deadline)
      throws IOException {
    QueryVectors.refuseIdf(params);
    return search(
        new Target.OneVector(config.distance(), target(query)), filter, limit, params, deadline);
  }

  @Override
  public Optional<List<Candidate>> best(
      List<VectorValue> examples,
      PointScore formula,
      SegmentFilter filter,
      int limit,
      SearchParams params,
      Deadline deadline)
      throws IOException {
    QueryVectors.refuseIdf(params);
    List<float[]> targets = examples.stream().map(this::target).toList();
    if (targets.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        search(
            new Target.Examples(config.distance(), targets, formula),
            filter,
            limit,
            params,
            deadline));
  }

  private List<Candidate> search(
      Target target, SegmentFilter filter, int limit, SearchParams params, Deadline deadline)
      throws IOException {
    if (limit == 0) {
      return List.of();
    }
    NearestRequest request =
        new NearestRequest(
            field,
            target,
            limit,
            params.hnswEf().orElse(0),
            params.exact(),
            params.indexedOnly(),
            params.ignoreQuantization(),
            switch (params.rescore()) {
              case DEFAULT -> NearestRequest.Rescore.DEFAULT;
              case ON -> NearestRequest.Rescore.ON;
              case OFF -> NearestRequest.Rescore.OFF;
            },
            (float) params.oversampling().orElse(0));
    return nearest.search(leaves, request, filter, ids, deadline::check, work);
  }

  @Override
  public Similarities similarities(VectorValue example, SearchParams params) {
    QueryVectors.refuseIdf(params);
    return new Rows(field, config.distance(), target(example));
  }

  @Override
  public float score(float similarity) {
    return switch (config.distance()) {
      case COSINE, DOT -> similarity;
      case EUCLID -> (float) Math.sqrt(0 - similarity);
      case MANHATTAN -> 0 - similarity;
    };
  }

  @Override
  public Optional<VectorValue> stored(LeafReaderContext leaf, int doc) throws IOException {
    return PointReader.dense(leaf.reader(), doc, name, config);
  }

  private float[] target(VectorValue value) {
    return QueryVectors.dense(value, config);
  }

  /// Scores the raw rows of whichever segment it is asked about; keeps the last one open.
  private static final class Rows implements Similarities {
    private final String field;
    private final Distance distance;
    private final float[] target;
    private @Nullable LeafReaderContext leaf;
    private @Nullable VectorSegment segment;
    private RawRows.@Nullable Scorer scorer;
    private VectorSegment.@Nullable Documents documents;
    private int[] ordinals = new int[64];
    private float[] scores = new float[64];

    Rows(String field, Distance distance, float[] target) {
      this.field = field;
      this.distance = distance;
      this.target = target;
    }

    @Override
    public void of(LeafReaderContext asked, int[] docs, int count, float[] out) throws IOException {
      if (asked != leaf) {
        leaf = asked;
        segment = VectorSegment.of(asked.reader(), field).orElse(null);
        documents = segment == null ? null : segment.documents();
        scorer = segment == null ? null : segment.rows().scorer(distance, target);
      }
      if (scorer == null || documents == null) {
        java.util.Arrays.fill(out, 0, count, ABSENT);
        return;
      }
      if (ordinals.length < count) {
        ordinals = new int[count];
        scores = new float[count];
      }
      int found = 0;
      for (int i = 0; i < count; i++) {
        int ordinal = documents.ordinal(docs[i]);
        out[i] = ordinal < 0 ? ABSENT : 0;
        if (ordinal >= 0) {
          ordinals[found++] = ordinal;
        }
      }
      scorer.order(ordinals, found, scores);
      for (int i = count - 1; i >= 0; i--) {
        if (!Float.isNaN(out[i])) {
          out[i] = scores[--found];
        }
      }
    }
  }
}
