package io.millrace.search.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.index.Fields;
import io.millrace.index.PayloadFields;
import io.millrace.model.Condition;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.util.BitSet;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.SparseFixedBitSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MatchingDocsTest {
  private static final int POINTS = 5_000;

  private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
  private IndexWriter writer;

  @BeforeEach
  void index() throws IOException {
    writer =
        new IndexWriter(
            directory, new IndexWriterConfig(null).setMergePolicy(NoMergePolicy.INSTANCE));
    PayloadFields fields = new PayloadFields();
    for (int i = 0; i < POINTS; i++) {
      Document document = new Document();
      PayloadFields.addIdentity(document, PointId.of(i), List.of());
      fields.addTo(document, PayloadBytes.of("{\"a\":" + i % 10 + ",\"n\":" + i + "}"));
      writer.addDocument(document);
    }
    writer.flush();
  }

  @AfterEach
  void close() throws IOException {
    writer.close();
    directory.close();
  }

  private static Filter is(String key, long n) {
    return Filter.must(new Condition.MatchValue(PayloadPath.parse(key), new Scalar.Whole(n)));
  }

  private static BitSet only(MatchingDocs docs, DirectoryReader reader, Filter filter)
      throws IOException {
    LeafReaderContext leaf = reader.leaves().getFirst();
    return docs.of(filter, Deadline.NONE).matching(leaf);
  }

  @Test
  void an_answer_is_kept_and_given_again() throws IOException {
    MatchingDocs docs = new MatchingDocs(1 << 20);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      BitSet first = only(docs, reader, is("a", 3));

      assertThat(first.cardinality()).isEqualTo(POINTS / 10);
      assertThat(only(docs, reader, is("a", 3))).isSameAs(first);
      assertThat(only(docs, reader, is("a", 4))).isNotSameAs(first);
    }
  }

  @Test
  void deletes_are_taken_out_of_a_kept_answer() throws IOException {
    MatchingDocs docs = new MatchingDocs(1 << 20);
    Filter few = is("n", 13);
    try (DirectoryReader before = DirectoryReader.open(writer)) {
      assertThat(only(docs, before, is("a", 3)).cardinality()).isEqualTo(POINTS / 10);
      assertThat(only(docs, before, few)).isInstanceOf(SparseFixedBitSet.class);
      long kept = docs.keptBytes();
      writer.deleteDocuments(new Term(Fields.ID, new BytesRef(PointId.of(13).bytes())));
      try (DirectoryReader after = DirectoryReader.openIfChanged(before, writer)) {
        assertThat(only(docs, after, is("a", 3)).cardinality()).isEqualTo(POINTS / 10 - 1);
        assertThat(only(docs, after, few).cardinality()).isZero();
        assertThat(only(docs, before, is("a", 3)).cardinality()).isEqualTo(POINTS / 10);
        assertThat(docs.keptBytes()).isEqualTo(kept);
      }
    }
  }

  @Test
  void the_least_recently_used_answers_go_first() throws IOException {
    MatchingDocs docs = new MatchingDocs(8_000);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      BitSet zero = only(docs, reader, is("a", 0));
      BitSet one = only(docs, reader, is("a", 1));
      for (int i = 2; i < 10; i++) {
        only(docs, reader, is("a", i));
        assertThat(only(docs, reader, is("a", 0))).isSameAs(zero);
        assertThat(docs.keptBytes()).isBetween(1L, 8_000L);
      }
      assertThat(only(docs, reader, is("a", 1))).isNotSameAs(one);
    }
  }

  @Test
  void a_closed_segment_takes_its_answers_along() throws IOException {
    MatchingDocs docs = new MatchingDocs(1 << 20);
    try (DirectoryReader reader = DirectoryReader.open(directoryOf(writer))) {
      only(docs, reader, is("a", 3));
      assertThat(docs.keptBytes()).isPositive();
    }
    assertThat(docs.keptBytes()).isZero();
  }

  private static org.apache.lucene.store.Directory directoryOf(IndexWriter writer)
      throws IOException {
    writer.commit();
    return writer.getDirectory();
  }

  @Test
  void a_passed_deadline_stops_the_work() throws IOException {
    MatchingDocs docs = new MatchingDocs(1 << 20);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      LeafReaderContext leaf = reader.leaves().getFirst();
      Deadline passed = Deadline.in(Duration.ofNanos(-1));

      assertThatThrownBy(() -> docs.of(is("a", 3), passed).matching(leaf))
          .isInstanceOf(Failure.TimedOut.class);
    }
  }

  @Test
  void without_a_budget_nothing_is_kept() throws IOException {
    MatchingDocs docs = new MatchingDocs(0);
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      assertThat(only(docs, reader, is("a", 3)).cardinality()).isEqualTo(POINTS / 10);
      assertThat(docs.keptBytes()).isZero();
    }
  }
}
