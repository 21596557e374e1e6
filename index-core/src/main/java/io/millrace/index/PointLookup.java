package io.millrace.index;

import io.millrace.model.PointId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Finds the document of a point id in one reader. Keeps one cursor per segment: use an instance
/// from one thread.
public final class PointLookup {

  /// @param doc within the leaf
  public record Place(LeafReaderContext leaf, int doc) {}

  private final List<LeafReaderContext> leaves;
  private final @Nullable TermsEnum[] cursors;
  private final @Nullable PostingsEnum[] postings;

  public PointLookup(IndexReader reader) throws IOException {
    leaves = reader.leaves();
    cursors = new TermsEnum[leaves.size()];
    postings = new PostingsEnum[leaves.size()];
    for (int i = 0; i < cursors.length; i++) {
      Terms terms = leaves.get(i).reader().terms(Fields.ID);
      cursors[i] = terms == null ? null : terms.iterator();
    }
  }

  /// A live document of that id; there is at most one.
  public Optional<Place> find(PointId id) throws IOException {
    BytesRef term = new BytesRef(id.bytes());
    for (int i = cursors.length - 1; i >= 0; i--) {
      TermsEnum cursor = cursors[i];
      if (cursor == null || !cursor.seekExact(term)) {
        continue;
      }
      Bits live = leaves.get(i).reader().getLiveDocs();
      PostingsEnum docs = cursor.postings(postings[i], PostingsEnum.NONE);
      postings[i] = docs;
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (live == null || live.get(doc)) {
          return Optional.of(new Place(leaves.get(i), doc));
        }
      }
    }
    return Optional.empty();
  }
}
