package io.millrace.search.vector;

import io.millrace.codec.sparse.SparseBytes;
import io.millrace.index.Fields;
import io.millrace.index.VectorBytes;
import io.millrace.meter.SearchPaths;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.NearestQuery.SearchParams.Idf;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorValue;
import io.millrace.search.filter.Filters;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.SegmentFilter;
import io.millrace.search.sparse.Rarity;
import io.millrace.search.sparse.SparseQuery;
import io.millrace.search.sparse.SparseSearch;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.jspecify.annotations.Nullable;

/// Weights at some of 2³² indices, compared by their dot product.
final class SparseField implements VectorField {
  private final List<LeafReaderContext> leaves;
  private final String field;
  private final SparseConfig config;
  private final IdOrder ids;
  private final Filters filters;
  private final SearchPaths paths;

  SparseField(
      List<LeafReaderContext> leaves,
      String name,
      SparseConfig config,
      IdOrder ids,
      Filters filters,
      SearchPaths paths) {
    this.paths = paths;
    this.leaves = leaves;
    this.field = Fields.sparse(name, config.since());
    this.config = config;
    this.ids = ids;
    this.filters = filters;
  }

  @Override
  public boolean largerIsBetter() {
    return true;
  }

  @Override
  public List<Candidate> nearest(
      VectorValue query, SegmentFilter filter, int limit, SearchParams params, Deadline deadline)
      throws IOException {
    SparseQuery target = target(query, params, deadline);
    return SparseSearch.search(leaves, field, target, filter, limit, ids, deadline::check, paths);
  }

  @Override
  public Similarities similarities(VectorValue example, SearchParams params) throws IOException {
    return new Rows(field, target(example, params, Deadline.NONE));
  }

  @Override
  public Similarities plainSimilarities(VectorValue example) {
    return new Rows(field, SparseQuery.of(QueryVectors.sparse(example)));
  }

  private SparseQuery target(VectorValue query, SearchParams params, Deadline deadline)
      throws IOException {
    VectorValue.Sparse vector = QueryVectors.sparse(query);
    if (!config.idf()) {
      QueryVectors.refuseIdf(params);
      return SparseQuery.of(vector);
    }
    return Rarity.weighted(vector, leaves, field, corpus(params, deadline));
  }

  private SegmentFilter corpus(SearchParams params, Deadline deadline) {
    Filter filter =
        switch (params.idf().orElseGet(Idf.Global::new)) {
          case Idf.Global() -> Filter.ALL;
          case Idf.Corpus(Filter corpus) -> corpus;
        };
    return filter.isEmpty() ? SegmentFilter.ALL : filters.of(filter, deadline)::matching;
  }

  @Override
  public float score(float similarity) {
    return similarity;
  }

  @Override
  public Optional<VectorValue> stored(LeafReaderContext leaf, int doc) throws IOException {
    BinaryDocValues rows = leaf.reader().getBinaryDocValues(field);
    return rows != null && rows.advanceExact(doc)
        ? Optional.of(VectorBytes.sparse(rows.binaryValue()))
        : Optional.empty();
  }

  /// A vector without a common index is at similarity 0, as Qdrant counts it in queries that
  /// combine several examples.
  private static final class Rows implements Similarities {
    private final String field;
    private final SparseQuery query;
    private final SparseBytes row = new SparseBytes();
    private @Nullable LeafReaderContext leaf;
    private @Nullable BinaryDocValues rows;

    Rows(String field, SparseQuery query) {
      this.field = field;
      this.query = query;
    }

    @Override
    public void of(LeafReaderContext asked, int[] docs, int count, float[] out) throws IOException {
      BinaryDocValues values = rows;
      if (asked != leaf || count > 0 && values != null && values.docID() > docs[0]) {
        leaf = asked;
        values = asked.reader().getBinaryDocValues(field);
        rows = values;
      }
      for (int i = 0; i < count; i++) {
        if (values == null || !values.advanceExact(docs[i])) {
          out[i] = ABSENT;
        } else {
          row.set(values.binaryValue());
          float score = query.score(row);
          out[i] = Float.isNaN(score) ? 0 : score;
        }
      }
    }
  }
}
