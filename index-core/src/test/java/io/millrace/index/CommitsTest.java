package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a start makes of commits that a loss of power left behind (R-04 for Lucene's files):
/// publications are never forced, so their files may be cut anywhere.
class CommitsTest {
  private static final CollectionConfig CONFIG = CollectionConfig.unnamed(2, Distance.DOT);

  @TempDir Path folder;
  @TempDir Path crashed;

  @Test
  void a_publication_cut_at_any_byte_does_not_stop_a_start_from_the_durable_commit()
      throws IOException {
    try (PointIndex index = open(folder)) {
      put(index, 0);
      index.commit(new CommitData(0, true, new StreamPositions()));
      put(index, 1);
      index.commit(new CommitData(1, false, new StreamPositions()));
      Path newest = newestCommit(folder);
      long size = Files.size(newest);
      for (long cut = 0; cut <= size; cut += 1 + cut / 8) {
        copyTo(crashed);
        Path torn = crashed.resolve(newest.getFileName());
        byte[] whole = Files.readAllBytes(torn);
        Files.write(torn, Arrays.copyOf(whole, (int) Math.min(cut, whole.length)));
        try (PointIndex again = open(crashed)) {
          assertThat(again.opened().sequence()).as("cut at %d", cut).isEqualTo(0);
          assertThat(again.reader().numDocs()).isEqualTo(1);
          put(again, 1);
          again.commit(new CommitData(1, true, new StreamPositions()));
        }
        try (PointIndex again = open(crashed)) {
          assertThat(again.opened().sequence()).isEqualTo(1);
        }
      }
    }
  }

  /// Lengths that would be read as more than the heap, or as less than nothing.
  @Test
  void a_publication_of_other_bytes_does_not_stop_it_either() throws IOException {
    try (PointIndex index = open(folder)) {
      put(index, 0);
      index.commit(new CommitData(0, true, new StreamPositions()));
      put(index, 1);
      index.commit(new CommitData(1, false, new StreamPositions()));
      Path newest = newestCommit(folder);
      for (byte last : new byte[] {0x07, 0x7f}) {
        copyTo(crashed);
        Path torn = crashed.resolve(newest.getFileName());
        byte[] whole = Files.readAllBytes(torn);
        Arrays.fill(whole, Integer.BYTES, Integer.BYTES + 4, (byte) 0xff);
        whole[Integer.BYTES + 4] = last;
        Files.write(torn, whole);
        try (PointIndex again = open(crashed)) {
          assertThat(again.opened().sequence()).isEqualTo(0);
        }
      }
    }
  }

  @Test
  void a_publication_whose_segments_are_gone_does_not_stop_it_either() throws IOException {
    try (PointIndex index = open(folder)) {
      put(index, 0);
      index.commit(new CommitData(0, true, new StreamPositions()));
      List<Path> durable = files(folder);
      put(index, 1);
      index.commit(new CommitData(1, false, new StreamPositions()));
      copyTo(crashed);
      for (Path file : files(crashed)) {
        boolean isOld = durable.stream().anyMatch(f -> f.getFileName().equals(file.getFileName()));
        if (!isOld && !file.getFileName().toString().startsWith("segments")) {
          Files.write(file, new byte[0]);
        }
      }
      try (PointIndex again = open(crashed)) {
        assertThat(again.opened().sequence()).isEqualTo(0);
        assertThat(again.reader().numDocs()).isEqualTo(1);
      }
    }
  }

  @Test
  void an_unreadable_commit_without_a_durable_one_is_kept_under_another_name() throws IOException {
    try (PointIndex index = open(folder)) {
      put(index, 0);
      index.commit(new CommitData(0, false, new StreamPositions()));
      copyTo(crashed);
    }
    Path torn = newestCommit(crashed);
    Files.write(torn, new byte[] {1, 2, 3});
    try (PointIndex again = open(crashed)) {
      assertThat(again.opened()).isEqualTo(CommitData.NONE);
      assertThat(crashed.resolve(Commits.UNREADABLE + torn.getFileName())).exists();
      assertThat(files(crashed).stream().map(file -> file.getFileName().toString()))
          .as("its segments too")
          .anyMatch(name -> name.matches("unreadable-_0\\.si"));
    }
  }

  @Test
  void a_commit_that_cannot_be_read_for_now_stops_the_start_and_changes_nothing()
      throws IOException {
    try (PointIndex index = open(folder)) {
      put(index, 0);
      index.commit(new CommitData(0, true, new StreamPositions()));
    }
    List<Path> before = files(folder);
    try (Directory failing =
        new FilterDirectory(new MMapDirectory(folder)) {
          @Override
          public IndexInput openInput(String name, IOContext context) throws IOException {
            if (name.startsWith("segments_")) {
              throw new FileSystemException(name, null, "Too many open files");
            }
            return super.openInput(name, context);
          }
        }) {
      assertThatThrownBy(() -> Commits.newestDurable(failing))
          .isInstanceOf(FileSystemException.class);
    }
    assertThat(files(folder)).containsExactlyInAnyOrderElementsOf(before);
  }

  private static PointIndex open(Path folder) throws IOException {
    return PointIndex.open(
        folder,
        () -> CONFIG,
        (reader, filter) -> List.of(),
        1,
        new MergeRoom(() -> Long.MAX_VALUE));
  }

  private static void put(PointIndex index, long id) throws IOException {
    Point point =
        new Point(
            PointId.of(id), Map.of("", new VectorValue.Dense(1, 2)), PayloadBytes.of("{\"n\":1}"));
    index.apply(id, new Operation.Upsert(List.of(point)));
  }

  private void copyTo(Path to) throws IOException {
    for (Path old : files(to)) {
      Files.delete(old);
    }
    for (Path file : files(folder)) {
      if (!file.getFileName().toString().equals("write.lock")) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  private static Path newestCommit(Path folder) throws IOException {
    return files(folder).stream()
        .filter(f -> f.getFileName().toString().startsWith("segments_"))
        .max(
            Comparator.comparingLong(
                f -> SegmentInfos.generationFromSegmentsFileName(f.getFileName().toString())))
        .orElseThrow();
  }
}
