package io.millrace.search.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorIndex;
import io.millrace.index.Fields;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.Deadline;
import io.millrace.model.Distance;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.NearestQuery.SearchParams.Rescore;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.NearestRequest;
import io.millrace.search.nearest.NearestSearch;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.nearest.Target;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.lucene.index.DirectoryReader;
import org.junit.jupiter.api.Test;

/// Each parameter of a search reaches the search: the hits are those of the request it stands for,
/// and differ among the parameters.
class DenseFieldTest {
  private static final int DIMENSION = 48;
  private static final int POINTS = 2_000;
  private static final int QUERIES = 20;
  private static final int LIMIT = 10;

  @Test
  void parameters_of_quantization_reach_the_search() throws IOException {
    Clusters clusters = new Clusters(5, 3, DIMENSION, 0.1f);
    String field = Fields.vector("", 0);
    try (VectorIndex index =
        VectorIndex.inHeap(Map.of(field, VectorIndex.options(Distance.EUCLID, true, 0)))) {
      for (int i = 0; i < POINTS; i++) {
        index.put(i, Map.of(field, clusters.near(i % 3)));
      }
      try (DirectoryReader reader = index.open()) {
        int differing = 0;
        for (int i = 0; i < QUERIES; i++) {
          float[] query = clusters.near(i % 3);
          List<Candidate> usual = hits(reader, query, false, Rescore.DEFAULT, 0);
          List<Candidate> ignoring = hits(reader, query, true, Rescore.DEFAULT, 0);
          List<Candidate> plain = hits(reader, query, false, Rescore.OFF, 0);
          List<Candidate> often = hits(reader, query, false, Rescore.DEFAULT, 8);

          assertThat(usual)
              .isEqualTo(requested(reader, query, false, NearestRequest.Rescore.DEFAULT, 0))
              .isEqualTo(hits(reader, query, false, Rescore.ON, 0));
          assertThat(ignoring)
              .isEqualTo(requested(reader, query, true, NearestRequest.Rescore.DEFAULT, 0));
          assertThat(plain)
              .isEqualTo(requested(reader, query, false, NearestRequest.Rescore.OFF, 0));
          assertThat(often)
              .isEqualTo(requested(reader, query, false, NearestRequest.Rescore.DEFAULT, 8));
          differing += new HashSet<>(List.of(usual, ignoring, plain, often)).size() == 4 ? 1 : 0;
        }
        assertThat(differing).isPositive();
      }
    }
  }

  private static List<Candidate> hits(
      DirectoryReader reader, float[] query, boolean ignore, Rescore rescore, double oversampling)
      throws IOException {
    SearchParams params =
        new SearchParams(
            OptionalInt.empty(),
            false,
            false,
            ignore,
            rescore,
            oversampling > 0 ? OptionalDouble.of(oversampling) : OptionalDouble.empty());
    DenseField field =
        new DenseField(
            reader.leaves(),
            "",
            VectorConfig.of(DIMENSION, Distance.EUCLID),
            IdOrder.BY_PLACE,
            new NearestSearch(),
            new SearchWork(new SearchPaths()));
    return field.nearest(
        new VectorValue.Dense(query), SegmentFilter.ALL, LIMIT, params, Deadline.NONE);
  }

  private static List<Candidate> requested(
      DirectoryReader reader,
      float[] query,
      boolean ignore,
      NearestRequest.Rescore rescore,
      float oversampling)
      throws IOException {
    return new NearestSearch()
        .search(
            reader,
            new NearestRequest(
                Fields.vector("", 0),
                new Target.OneVector(Distance.EUCLID, query),
                LIMIT,
                0,
                false,
                false,
                ignore,
                rescore,
                oversampling),
            SegmentFilter.ALL,
            IdOrder.BY_PLACE,
            () -> {});
  }
}
