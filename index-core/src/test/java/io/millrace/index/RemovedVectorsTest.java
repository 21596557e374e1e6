package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorDatatype;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.lucene.index.CheckIndex;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemovedVectorsTest {
  private static final CollectionConfig BEFORE =
      CollectionConfig.of(
          Map.of(
              "a",
              VectorConfig.of(2, Distance.DOT),
              "x",
              VectorConfig.of(2, Distance.COSINE).with(VectorDatatype.UINT8),
              "m",
              VectorConfig.of(2, Distance.DOT).asMulti()),
          Map.of("s", SparseConfig.PLAIN, "t", SparseConfig.PLAIN));
  private static final CollectionConfig AFTER =
      CollectionConfig.of(
          Map.of(
              "a",
              VectorConfig.of(2, Distance.DOT),
              "x",
              VectorConfig.of(3, Distance.DOT).existingSince(900)),
          Map.of("t", SparseConfig.PLAIN));

  @TempDir Path folder;

  @Test
  void merges_leave_out_the_fields_of_vectors_that_are_no_more() throws Exception {
    AtomicReference<CollectionConfig> config = new AtomicReference<>(BEFORE);
    Semaphore merged = new Semaphore(0);
    try (PointIndex index =
        PointIndex.open(
            folder, config::get, (r, f) -> List.of(), 1, new MergeRoom(() -> Long.MAX_VALUE))) {
      index.onMerged(merged::release);
      long sequence = 0;
      for (int i = 0; i < 5; i++) {
        index.apply(sequence++, upsert(i));
        index.refresh();
      }
      config.set(AFTER);
      while (!merged.tryAcquire(1, TimeUnit.MILLISECONDS)) {
        index.apply(sequence, upsert((int) sequence++));
        index.refresh();
      }
      index.refresh();

      LeafReaderContext largest = largest(index);
      TreeSet<String> fields = new TreeSet<>();
      for (FieldInfo field : largest.reader().getFieldInfos()) {
        if (!field.name.startsWith("_")) {
          fields.add(field.name);
        }
      }
      assertThat(largest.reader().maxDoc()).isGreaterThan(1);
      assertThat(fields).containsExactly("s:t", "v:a");
      PointLookup.Place place = new PointLookup(index.reader()).find(PointId.of(1)).orElseThrow();
      assertThat(PointReader.vectors(place.leaf().reader(), place.doc(), AFTER).keySet())
          .containsExactly("a", "t");
      index.commit(new CommitData(sequence, true, new StreamPositions()));
    }
    try (FSDirectory directory = FSDirectory.open(folder);
        CheckIndex check = new CheckIndex(directory)) {
      assertThat(check.checkIndex().clean).isTrue();
    }
  }

  private static LeafReaderContext largest(PointIndex index) {
    return index.reader().leaves().stream()
        .max((a, b) -> Integer.compare(a.reader().maxDoc(), b.reader().maxDoc()))
        .orElseThrow();
  }

  private static Operation upsert(int id) throws IOException {
    return new Operation.Upsert(
        List.of(
            new Point(
                PointId.of(id),
                Map.of(
                    "a",
                    new VectorValue.Dense(1, id),
                    "x",
                    new VectorValue.Dense(3, 4),
                    "m",
                    new VectorValue.Multi(2, new float[] {1, 2, 3, 4}),
                    "s",
                    new VectorValue.Sparse(new int[] {1}, new float[] {1}),
                    "t",
                    new VectorValue.Sparse(new int[] {1, 2}, new float[] {1, id})),
                PayloadBytes.EMPTY)));
  }
}
