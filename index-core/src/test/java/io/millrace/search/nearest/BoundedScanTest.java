package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.codec.Clusters;
import io.millrace.codec.VectorIndex;
import io.millrace.codec.VectorSegment;
import io.millrace.kernel.ExactScore;
import io.millrace.model.Distance;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Scans of segments whose rows are bounded find exactly what plain scans find.
class BoundedScanTest {
  private static final int DIMENSION = 96;
  private static final int ROWS = 3_000;

  @TempDir Path folder;
  private final Clusters clusters = new Clusters(17, 30, DIMENSION, 0.5f);

  /// Every tenth row is a copy of another, so that scores tie.
  private float[][] rows(Distance distance) {
    float[][] rows = clusters.take(ROWS);
    for (int i = 10; i < ROWS; i += 10) {
      rows[i] = rows[i / 2].clone();
    }
    if (distance == Distance.COSINE) {
      List.of(rows).forEach(ExactScore::normalize);
    }
    return rows;
  }

  @Test
  void hits_are_those_of_a_plain_scan_also_ties_filters_and_deletes() throws IOException {
    for (Distance distance : List.of(Distance.COSINE, Distance.DOT, Distance.EUCLID)) {
      float[][] rows = rows(distance);
      try (VectorIndex index =
          VectorIndex.mapped(
              folder.resolve(distance.name()), VectorIndex.options(distance, false, 50_000))) {
        index.putAll(rows);
        index.flush();
        for (int i = 0; i < ROWS; i += 7) {
          index.delete(i);
        }
        try (DirectoryReader reader = index.open()) {
          assertThat(segment(reader).bounded()).isPresent();
          for (int q = 0; q < 50; q++) {
            float[] query = q % 2 == 0 ? clusters.near(q % 30) : rows[q].clone();
            if (distance == Distance.COSINE) {
              ExactScore.normalize(query);
            }
            int limit = 1 + q * q % 400;
            check(reader, distance, rows, query, limit, 1);
            check(reader, distance, rows, query, limit, 3);
          }
        }
      }
    }
  }

  private static void check(
      DirectoryReader reader, Distance distance, float[][] rows, float[] query, int limit, int step)
      throws IOException {
    SegmentFilter filter =
        leaf -> {
          FixedBitSet bits = new FixedBitSet(leaf.reader().maxDoc());
          for (int doc = 0; doc < bits.length(); doc += step) {
            if (doc % 7 != 0) {
              bits.set(doc);
            }
          }
          return bits;
        };
    List<Candidate> expected = new ArrayList<>();
    for (int i = 0; i < ROWS; i += step) {
      if (i % 7 != 0) {
        float similarity =
            ExactScore.similarity(distance, query, MemorySegment.ofArray(rows[i]), 0, DIMENSION);
        expected.add(new Candidate(0, i, ExactScore.score(distance, similarity)));
      }
    }
    Comparator<Candidate> best = Comparator.comparingDouble(Candidate::score);
    expected.sort(
        (distance.largerIsBetter() ? best.reversed() : best).thenComparingInt(Candidate::doc));
    List<Candidate> found =
        SeveralSegmentsTest.found(
            new NearestSearch(), reader, NearestRequest.of("v", distance, query, limit), filter);
    assertThat(found).isEqualTo(expected.subList(0, limit));
  }

  private static VectorSegment segment(DirectoryReader reader) {
    return VectorSegment.of(reader.leaves().getFirst().reader(), "v").orElseThrow();
  }

  @Test
  void few_raw_rows_are_read() throws IOException {
    try (VectorIndex index =
        VectorIndex.mapped(folder, VectorIndex.options(Distance.COSINE, false, 50_000))) {
      index.putAll(rows(Distance.COSINE));
      index.flush();
      try (DirectoryReader reader = index.open()) {
        float[] query = ExactScore.normalize(clusters.near(1));
        Target target = new Target.OneVector(Distance.COSINE, query);
        LeafReaderContext leaf = reader.leaves().getFirst();
        Matching all = Matching.of(leaf, segment(reader), SegmentFilter.ALL);
        Scratch scratch = Scratch.take();
        TopHits hits = new TopHits(10, IdOrder.BY_PLACE);

        long read =
            new BoundedScan(
                    new ExactRows(segment(reader), 0, target, all),
                    all,
                    hits,
                    scratch,
                    Cancellation.NEVER)
                .run(target.atMost(segment(reader)).orElseThrow());

        scratch.giveBack();
        assertThat(read).isBetween(10L, ROWS / 10L);
      }
    }
  }
}
