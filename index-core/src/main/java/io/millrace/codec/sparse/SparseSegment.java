package io.millrace.codec.sparse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.LeafReader;

/// The inverted index of one sparse vector in one segment. Any number of threads; the reader must
/// stay open.
public final class SparseSegment {
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// What lists belong to.
  ///
  /// @param maxDoc documents of the segment
  /// @param file for messages
  record Place(int maxDoc, String file) {
    CorruptIndexException damaged(String found) {
      return new CorruptIndexException(
          "a list of a sparse vector, in a segment of " + maxDoc + " documents, has " + found,
          file);
    }
  }

  private final Place place;
  private final int documents;
  private final int filled;
  private final long postings;
  private final MemorySegment lists;
  private final MemorySegment dictionary;

  SparseSegment(
      Place place,
      int documents,
      int filled,
      long postings,
      MemorySegment lists,
      MemorySegment dictionary) {
    this.place = place;
    this.documents = documents;
    this.filled = filled;
    this.postings = postings;
    this.lists = lists;
    this.dictionary = dictionary;
  }

  /// Empty where no document of the segment has the field.
  public static Optional<SparseSegment> of(LeafReader leaf, String field) throws IOException {
    return leaf.getBinaryDocValues(field) instanceof SparseRows rows
        ? Optional.of(rows.segment())
        : Optional.empty();
  }

  /// Documents with a vector, deleted ones counted.
  public int documents() {
    return documents;
  }

  /// Documents whose vector has at least one weight, deleted ones counted.
  public int filled() {
    return filled;
  }

  /// Weights of all vectors together.
  public long postings() {
    return postings;
  }

  /// The documents with a weight at `index`, unsigned; empty where there are none.
  public Optional<PostingList> list(int index) throws IOException {
    int entries = (int) (dictionary.byteSize() / SparseFormat.DICTIONARY_ENTRY_BYTES);
    int low = 0;
    int high = entries;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Integer.compareUnsigned(dictionary.get(INT, entry(middle)), index) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == entries || dictionary.get(INT, entry(low)) != index) {
      return Optional.empty();
    }
    long at = entry(low);
    return Optional.of(
        new PostingList(
            lists,
            place,
            dictionary.get(LONG, at + 8),
            dictionary.get(INT, at + 4),
            dictionary.get(FLOAT, at + 16),
            dictionary.get(FLOAT, at + 20)));
  }

  private static long entry(int i) {
    return (long) SparseFormat.DICTIONARY_ENTRY_BYTES * i;
  }
}
