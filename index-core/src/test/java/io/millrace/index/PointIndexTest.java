package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Condition;
import io.millrace.model.Distance;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.DirectoryReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PointIndexTest {
  private static final CollectionConfig CONFIG = CollectionConfig.unnamed(2, Distance.DOT);
  private static final Filter GROUP_ONE =
      Filter.must(new Condition.MatchValue(PayloadPath.parse("g"), new Scalar.Whole(1)));

  @TempDir Path folder;

  /// Stands for the search: the reader holds points 1 and 2, both of group 1.
  private final PointIndex.Matcher oneAndTwo =
      (reader, filter) -> List.of(PointId.of(1), PointId.of(2));

  private static Operation upsert(long id, int group) {
    return new Operation.Upsert(
        List.of(
            new Point(
                PointId.of(id),
                Map.of("", new VectorValue.Dense(1, 2)),
                PayloadBytes.of("{\"g\":" + group + "}"))),
        Operation.Precondition.NONE);
  }

  @Test
  void an_operation_by_filter_sees_what_was_written_before_it_without_a_refresh()
      throws IOException {
    try (PointIndex index =
        PointIndex.open(folder, () -> CONFIG, oneAndTwo, 1, new MergeRoom(() -> Long.MAX_VALUE))) {
      index.apply(0, upsert(1, 1));
      index.apply(1, upsert(2, 1));
      index.refresh();
      DirectoryReader before = index.reader();
      index.apply(2, upsert(2, 7)); // leaves the group
      index.apply(3, upsert(3, 1)); // joins it
      index.apply(4, upsert(4, 7));

      index.apply(
          5,
          new Operation.SetPayload(
              new Selection.Matching(GROUP_ONE), PayloadBytes.of("{\"s\":1}"), Optional.empty()));
      assertThat(index.reader()).isSameAs(before);
      index.refresh();

      assertThat(payload(index, 1)).isEqualTo("{\"g\":1,\"s\":1}");
      assertThat(payload(index, 2)).isEqualTo("{\"g\":7}");
      assertThat(payload(index, 3)).isEqualTo("{\"g\":1,\"s\":1}");
      assertThat(payload(index, 4)).isEqualTo("{\"g\":7}");
    }
  }

  /// Two records with versions: one of a vector by cosine, one that also has a vector whose name
  /// was taken out of the collection since it was logged.
  @Test
  void a_versioned_upsert_is_stored_as_one_without_a_version_is() throws IOException {
    CollectionConfig config = CollectionConfig.unnamed(2, Distance.COSINE);
    try (PointIndex index =
        PointIndex.open(
            folder.resolve("index"),
            () -> config,
            oneAndTwo,
            1,
            new MergeRoom(() -> Long.MAX_VALUE))) {
      Operation operation =
          new Operation.Upsert(
              List.of(
                  new Point(
                      PointId.of(1),
                      Map.of("", new VectorValue.Dense(3, 4), "gone", new VectorValue.Dense(1)),
                      PayloadBytes.EMPTY)),
              Operation.Precondition.NONE);

      index.apply(0, new Operation.Versioned(operation, 7));
      index.refresh();

      PointLookup.Place place = new PointLookup(index.reader()).find(PointId.of(1)).orElseThrow();
      assertThat(PointReader.vectors(place.leaf().reader(), place.doc(), config))
          .isEqualTo(Map.of("", new VectorValue.Dense(0.6f, 0.8f)));
    }
  }

  private static String payload(PointIndex index, long id) throws IOException {
    PointLookup.Place place = new PointLookup(index.reader()).find(PointId.of(id)).orElseThrow();
    return PointReader.payload(place.leaf().reader(), place.doc()).toString();
  }
}
