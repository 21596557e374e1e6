package io.millrace.search.facet;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/// The terms of one type at one path in one segment, in the order of their values.
final class TermCursor implements Comparable<TermCursor> {
  private final LeafReaderContext leaf;
  private final @Nullable Bits accepted;
  private final TermsEnum terms;
  private final BytesRef prefix;
  private BytesRef term;

  private TermCursor(
      LeafReaderContext leaf,
      @Nullable Bits accepted,
      TermsEnum terms,
      BytesRef prefix,
      BytesRef term) {
    this.leaf = leaf;
    this.accepted = accepted;
    this.terms = terms;
    this.prefix = prefix;
    this.term = term;
  }

  /// On the first term with that prefix; null if there is none.
  static @Nullable TermCursor at(
      LeafReaderContext leaf, @Nullable Bits accepted, TermsEnum terms, BytesRef prefix)
      throws IOException {
    if (terms.seekCeil(prefix) == TermsEnum.SeekStatus.END
        || !StringHelper.startsWith(terms.term(), prefix)) {
      return null;
    }
    return new TermCursor(leaf, accepted, terms, prefix, terms.term());
  }

  boolean advance() throws IOException {
    BytesRef next = terms.next();
    if (next == null || !StringHelper.startsWith(next, prefix)) {
      return false;
    }
    term = next;
    return true;
  }

  LeafReaderContext leaf() {
    return leaf;
  }

  PostingsEnum postings() throws IOException {
    return terms.postings(null, PostingsEnum.NONE);
  }

  boolean accepts(int doc) {
    return accepted == null || accepted.get(doc);
  }

  /// The value without path and type.
  private BytesRef value() {
    return new BytesRef(term.bytes, term.offset + prefix.length, term.length - prefix.length);
  }

  String text() {
    return value().utf8ToString();
  }

  /// Whether the term holds the whole value: UTF-8 has no byte 0xFF, which stands before a hash.
  boolean isWhole() {
    BytesRef value = value();
    for (int i = 0; i < value.length; i++) {
      if (value.bytes[value.offset + i] == (byte) 0xFF) {
        return false;
      }
    }
    return true;
  }

  boolean isTerm(BytesRef other) {
    return term.equals(other);
  }

  boolean hasValueOf(TermCursor other) {
    return value().bytesEquals(other.value());
  }

  boolean isBeside(TermCursor other) {
    return leaf == other.leaf && this != other;
  }

  @Override
  public int compareTo(TermCursor other) {
    return value().compareTo(other.value());
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return this == o;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
