package io.millrace.search.sparse;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.codec.MillraceCodec;
import io.millrace.codec.sparse.SparseSegment;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Test;

/// Hits and scores against a plain loop over all vectors: many windows, several segments, deletes,
/// filters, merges.
class SparseSearchTest {
  static final String FIELD = "s:x";

  private record Case(List<VectorValue.Sparse> vectors, long seed) {}

  @Test
  void hits_and_scores_are_those_of_a_plain_scan() {
    Props.forAll(7, 12_000, SparseSearchTest::aCase, SparseSearchTest::check);
  }

  private static void check(Case c) {
    try (Directory directory = new ByteBuffersDirectory()) {
      SplittableRandom random = new SplittableRandom(c.seed());
      FixedBitSet gone = new FixedBitSet(Math.max(1, c.vectors().size()));
      try (IndexWriter writer = writer(directory)) {
        for (int i = 0; i < c.vectors().size(); i++) {
          writer.addDocument(document(i, c.vectors().get(i)));
          if (random.nextInt(4_000) == 0) {
            writer.flush();
          }
        }
        for (int i = 0; i < c.vectors().size() / 10; i++) {
          int id = random.nextInt(c.vectors().size());
          writer.deleteDocuments(new Term("id", "" + id));
          gone.set(id);
        }
        searches(writer, c, gone, random);
        writer.getConfig().setMergePolicy(new org.apache.lucene.index.TieredMergePolicy());
        writer.forceMerge(1);
        searches(writer, c, gone, random);
        writer.commit();
      }
      try (CheckIndex check = new CheckIndex(directory)) {
        assertThat(check.checkIndex().clean).isTrue();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static IndexWriter writer(Directory directory) throws IOException {
    return new IndexWriter(
        directory,
        new IndexWriterConfig()
            .setCodec(
                new MillraceCodec(
                    field -> {
                      throw new IllegalStateException(field);
                    },
                    1))
            .setMergePolicy(NoMergePolicy.INSTANCE));
  }

  static Document document(int id, VectorValue.Sparse vector) {
    int n = vector.indices().length;
    ByteBuffer bytes = ByteBuffer.allocate(8 * n).order(ByteOrder.LITTLE_ENDIAN);
    for (int index : vector.indices()) {
      bytes.putInt(index);
    }
    for (float weight : vector.values()) {
      bytes.putFloat(weight);
    }
    Document document = new Document();
    document.add(new StringField("id", "" + id, Field.Store.NO));
    document.add(new NumericDocValuesField("id", id));
    document.add(new BinaryDocValuesField(FIELD, new BytesRef(bytes.array())));
    return document;
  }

  private static void searches(
      IndexWriter writer, Case c, FixedBitSet gone, SplittableRandom random) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      int filled = 0;
      for (LeafReaderContext leaf : reader.leaves()) {
        filled += SparseSegment.of(leaf.reader(), FIELD).orElseThrow().filled();
      }
      assertThat(filled).isLessThanOrEqualTo(c.vectors().size());
      for (int round = 0; round < 12; round++) {
        VectorValue.Sparse query = vector(random, 1 + random.nextInt(12), round % 3 == 0);
        int keepOneIn = new int[] {1, 2, 50}[round % 3];
        compare(reader, c, gone, query, keepOneIn, round % 2 == 0 ? 10 : 300);
      }
    }
  }

  private static void compare(
      DirectoryReader reader,
      Case c,
      FixedBitSet gone,
      VectorValue.Sparse query,
      int keepOneIn,
      int limit)
      throws IOException {
    SegmentFilter filter = leaf -> keepOneIn == 1 ? null : kept(leaf, keepOneIn);
    List<Candidate> hits =
        SparseSearch.search(
            reader.leaves(),
            FIELD,
            SparseQuery.of(query),
            filter,
            limit,
            ids(reader),
            () -> {},
            new SearchWork(new SearchPaths()));
    List<String> found = new ArrayList<>();
    for (Candidate hit : hits) {
      found.add(id(reader.leaves().get(hit.leafOrdinal()), hit.doc()) + "=" + hit.score());
    }
    record Scored(int id, float score) {}
    List<Scored> all = new ArrayList<>();
    for (int id = 0; id < c.vectors().size(); id++) {
      float score = dot(query, c.vectors().get(id));
      if (!gone.get(id) && id % keepOneIn == 0 && !Float.isNaN(score)) {
        all.add(new Scored(id, score));
      }
    }
    assertThat(found)
        .isEqualTo(
            all.stream()
                .sorted(
                    Comparator.comparingDouble((Scored s) -> -s.score())
                        .thenComparingInt(Scored::id))
                .limit(limit)
                .map(s -> s.id() + "=" + s.score())
                .toList());
  }

  private static FixedBitSet kept(LeafReaderContext leaf, int keepOneIn) throws IOException {
    FixedBitSet bits = new FixedBitSet(leaf.reader().maxDoc());
    for (int doc = 0; doc < bits.length(); doc++) {
      if (id(leaf, doc) % keepOneIn == 0
          && (leaf.reader().getLiveDocs() == null || leaf.reader().getLiveDocs().get(doc))) {
        bits.set(doc);
      }
    }
    return bits;
  }

  private static IdOrder ids(DirectoryReader reader) {
    return () -> (leaf, doc) -> PointId.of(id(reader.leaves().get(leaf), doc));
  }

  private static int id(LeafReaderContext leaf, int doc) throws IOException {
    NumericDocValues ids = leaf.reader().getNumericDocValues("id");
    ids.advanceExact(doc);
    return (int) ids.longValue();
  }

  private static float dot(VectorValue.Sparse query, VectorValue.Sparse row) {
    float sum = 0;
    boolean common = false;
    for (int i = 0, j = 0; i < query.indices().length && j < row.indices().length; ) {
      int order = Integer.compareUnsigned(query.indices()[i], row.indices()[j]);
      if (order == 0) {
        sum += query.values()[i] * row.values()[j];
        common = true;
      }
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    return common ? sum : Float.NaN;
  }

  private static Case aCase(SplittableRandom random, int size) {
    List<VectorValue.Sparse> vectors = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      vectors.add(vector(random, random.nextInt(20), random.nextInt(10) == 0));
    }
    return new Case(vectors, random.nextLong());
  }

  /// Few indices are frequent, most are rare; weights of a few steps, so that scores tie.
  static VectorValue.Sparse vector(SplittableRandom random, int weights, boolean negative) {
    Map<Long, Float> sorted = new TreeMap<>();
    for (int i = 0; i < weights; i++) {
      long index = (long) Math.pow(2, 12 * random.nextDouble() * random.nextDouble()) * 0xFFFFFL;
      float weight = random.nextInt(3) == 0 ? random.nextInt(1, 20) / 7f : random.nextFloat();
      sorted.put(index, negative && random.nextInt(3) == 0 ? -weight : weight);
    }
    int[] indices = new int[sorted.size()];
    float[] values = new float[sorted.size()];
    int n = 0;
    for (Map.Entry<Long, Float> entry : sorted.entrySet()) {
      indices[n] = (int) (long) entry.getKey();
      values[n++] = entry.getValue();
    }
    return new VectorValue.Sparse(indices, values);
  }
}
