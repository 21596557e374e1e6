package io.millrace.search.points;

import io.millrace.index.Fields;
import io.millrace.model.PointId;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// Walks the segments' id terms side by side; the byte order of the terms is the order of the ids.
/// One thread.
public final class IdWalk {
  private final PriorityQueue<Cursor> heads = new PriorityQueue<>();
  private @Nullable Cursor current;

  private IdWalk() {}

  /// Stands before the first matching point at or after `from`.
  public static IdWalk over(
      List<LeafReaderContext> leaves, SegmentFilter filter, Optional<PointId> from)
      throws IOException {
    IdWalk walk = new IdWalk();
    for (LeafReaderContext leaf : leaves) {
      BitSet matching = filter.matching(leaf);
      if (matching != null && matching.cardinality() == 0) {
        continue;
      }
      Bits accepted = matching == null ? leaf.reader().getLiveDocs() : matching;
      Cursor cursor = Cursor.at(leaf, accepted, from);
      if (cursor != null && cursor.advance()) {
        walk.heads.add(cursor);
      }
    }
    return walk;
  }

  /// Steps to the next point; false past the last one.
  public boolean next() throws IOException {
    Cursor before = current;
    if (before != null && before.advance()) {
      heads.add(before);
    }
    current = heads.poll();
    return current != null;
  }

  public PointId id() {
    return head().id();
  }

  public LeafReaderContext leaf() {
    return head().leaf;
  }

  /// Within the leaf.
  public int doc() {
    return head().doc;
  }

  private Cursor head() {
    Cursor head = current;
    if (head == null) {
      throw new IllegalStateException("past the end");
    }
    return head;
  }

  /// The accepted documents of one segment in id order.
  private static final class Cursor implements Comparable<Cursor> {
    private final LeafReaderContext leaf;
    private final @Nullable Bits accepted;
    private final TermsEnum terms;
    private @Nullable BytesRef term;
    private @Nullable PostingsEnum postings;
    private int doc = -1;

    private Cursor(
        LeafReaderContext leaf, @Nullable Bits accepted, TermsEnum terms, @Nullable BytesRef term) {
      this.leaf = leaf;
      this.accepted = accepted;
      this.terms = terms;
      this.term = term;
    }

    /// Stands before the first id at or after `from`; null when the segment holds no ids.
    static @Nullable Cursor at(
        LeafReaderContext leaf, @Nullable Bits accepted, Optional<PointId> from)
        throws IOException {
      Terms ids = leaf.reader().terms(Fields.ID);
      if (ids == null) {
        return null;
      }
      TermsEnum terms = ids.iterator();
      BytesRef first;
      if (from.isPresent()) {
        first =
            terms.seekCeil(new BytesRef(from.get().bytes())) == TermsEnum.SeekStatus.END
                ? null
                : terms.term();
      } else {
        first = terms.next();
      }
      return new Cursor(leaf, accepted, terms, first);
    }

    boolean advance() throws IOException {
      if (doc >= 0) {
        term = terms.next();
      }
      while (term != null) {
        PostingsEnum docs = terms.postings(postings, PostingsEnum.NONE);
        postings = docs;
        for (int d = docs.nextDoc(); d != DocIdSetIterator.NO_MORE_DOCS; d = docs.nextDoc()) {
          if (accepted == null || accepted.get(d)) {
            doc = d;
            return true;
          }
        }
        term = terms.next();
      }
      return false;
    }

    PointId id() {
      BytesRef t = term;
      if (t == null) {
        throw new IllegalStateException("past the end");
      }
      return PointId.fromBytes(t.bytes, t.offset, t.length);
    }

    @Override
    public int compareTo(Cursor other) {
      BytesRef a = term;
      BytesRef b = other.term;
      if (a == null || b == null) {
        throw new IllegalStateException("past the end");
      }
      return a.compareTo(b);
    }
  }
}
