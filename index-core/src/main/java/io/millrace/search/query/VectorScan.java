package io.millrace.search.query;

import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.Deadline;
import io.millrace.search.nearest.PointScore;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.points.DocIds;
import io.millrace.search.vector.Similarities;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;

/// Scores every matching point that has the vector against several examples at once, exactly.
final class VectorScan {
  private VectorScan() {}

  static List<Scored> best(
      List<LeafReaderContext> leaves,
      SegmentFilter filter,
      List<Similarities> examples,
      PointScore score,
      int limit,
      Deadline deadline,
      SearchWork work)
      throws IOException {
    TopScored top = new TopScored(limit, new DocIds(leaves));
    float[][] byExample = new float[examples.size()][DocBlocks.BLOCK];
    float[] ofPoint = new float[examples.size()];
    SearchWork.Running running = work.begin();
    int[] rows = new int[1];
    DocBlocks.walk(
        leaves,
        filter,
        deadline,
        (leaf, docs, count) -> {
          rows[0] += count;
          for (int e = 0; e < byExample.length; e++) {
            examples.get(e).of(leaf, docs, count, byExample[e]);
          }
          for (int i = 0; i < count; i++) {
            boolean absent = false;
            for (int e = 0; e < ofPoint.length; e++) {
              ofPoint[e] = byExample[e][i];
              absent |= Float.isNaN(ofPoint[e]);
            }
            if (!absent) {
              top.offer(leaf.docBase + docs[i], score.of(ofPoint));
            }
          }
        });
    running.end(SearchPaths.Taken.EXACT, rows[0]);
    return top.bestFirst();
  }
}
