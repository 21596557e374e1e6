package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import io.millrace.codec.Clusters;
import io.millrace.codec.VectorIndex;
import io.millrace.model.Distance;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of vectors with random bytes in them: a search gives hits or says that the index is
/// damaged, soon. It never runs on for ever, and never takes the process with it.
class DamagedFilesTest {
  private static final int DIMENSION = 192;
  private static final int ROWS = 700;
  private static final List<String> ENDINGS = List.of("mvm", "mvr", "mvq", "mvg", "mvc", "mvb");

  /// Where the entries of the meta file start, after its header.
  private static final int META_ENTRIES = 45;

  @TempDir static Path folder;
  private static float[][] vectors = new float[0][];

  @BeforeAll
  static void write() throws IOException {
    vectors = new Clusters(3, 20, DIMENSION, 0.4f).take(ROWS);
    try (VectorIndex index =
        VectorIndex.mapped(
            folder.resolve("whole"), VectorIndex.options(Distance.EUCLID, true, 100))) {
      index.putAll(vectors);
      index.flush();
      index.put(ROWS, vectors[0]);
      index.forceMerge();
      index.writer().commit();
    }
    try (VectorIndex index =
        VectorIndex.mapped(
            folder.resolve("flat"), VectorIndex.options(Distance.EUCLID, false, 2 * ROWS))) {
      index.putAll(vectors);
      index.writer().commit();
    }
    for (String ending : ENDINGS) {
      assertThat(fileOf(folder.resolve(index(ending)), ending)).as(ending).exists();
    }
  }

  /// The index that has such a file.
  private static String index(String ending) {
    return ending.equals("mvb") ? "flat" : "whole";
  }

  /// Where bytes are changed and to what.
  record Damage(String ending, long[] places, byte[] bytes) {
    static Damage of(SplittableRandom random, int size) {
      int count = 1 + random.nextInt(1 + size);
      String ending = ENDINGS.get(random.nextInt(ENDINGS.size()));
      long[] places = random.longs(count, 0, Long.MAX_VALUE).toArray();
      if (random.nextInt(3) == 0) { // the front: headers and upper levels' heads
        places = random.longs(count, 0, 128).toArray();
      }
      byte[] bytes = new byte[count];
      random.nextBytes(bytes);
      return new Damage(ending, places, bytes);
    }

    void apply(Path copy) throws IOException {
      try (RandomAccessFile file = new RandomAccessFile(fileOf(copy, ending).toFile(), "rw")) {
        for (int i = 0; i < places.length; i++) {
          file.seek(places[i] % file.length());
          file.write(bytes[i % bytes.length]);
        }
      }
    }

    @Override
    public String toString() {
      return ending + " at " + java.util.Arrays.toString(places);
    }
  }

  @Test
  void random_bytes_in_any_file_give_hits_or_a_clean_failure() {
    Props.forAll(
        120,
        400,
        Damage::of,
        damage ->
            Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> searchDamaged(damage)));
  }

  /// The meta file is read whole and its checksum compared, so what gets past that is made to fit:
  /// as from a faulty memory, or a program that means no good.
  @Test
  void a_meta_file_with_wrong_numbers_and_a_right_checksum_does_no_harm() {
    Props.forAll(
        80,
        6,
        (random, size) ->
            new Damage(
                "mvm",
                random
                    .longs(1 + random.nextInt(1 + size), META_ENTRIES, META_ENTRIES + 80)
                    .toArray(),
                bytes(random, 1 + size)),
        damage ->
            Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                  Path copy = copied("whole");
                  damage.apply(copy);
                  Path meta = fileOf(copy, "mvm");
                  byte[] file = Files.readAllBytes(meta);
                  CRC32 sum = new CRC32();
                  sum.update(file, 0, file.length - Long.BYTES);
                  ByteBuffer.wrap(file).putLong(file.length - Long.BYTES, sum.getValue());
                  Files.write(meta, file);
                  try {
                    searchIn(copy);
                  } catch (RuntimeException found) {
                    // a failed search, which harms no other
                  }
                }));
  }

  private static byte[] bytes(SplittableRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void links_that_lead_nowhere_are_named_as_damage() throws IOException {
    Path copy = copied("whole");
    Path graph = fileOf(copy, "mvg");
    byte[] bytes = Files.readAllBytes(graph);
    for (int i = 128; i < bytes.length - 16; i += 4) {
      bytes[i + 3] = 0x40; // links of more than a thousand million
    }
    Files.write(graph, bytes);

    try (DirectoryReader reader = DirectoryReader.open(new MMapDirectory(copy))) {
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> search(NearestSearch.walking(), reader, SegmentFilter.ALL))
          .isInstanceOf(CorruptIndexException.class)
          .hasMessageContaining("leads to rows that are not there");
    }
  }

  private static void searchDamaged(Damage damage) throws IOException {
    Path copy = copied(index(damage.ending));
    damage.apply(copy);
    searchIn(copy);
  }

  private static void searchIn(Path copy) throws IOException {
    FixedBitSet half = new FixedBitSet(ROWS + 1);
    for (int i = 0; i < ROWS; i += 2) {
      half.set(i);
    }
    try (MMapDirectory directory = new MMapDirectory(copy);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      search(NearestSearch.walking(), reader, SegmentFilter.ALL);
      search(NearestSearch.walking(), reader, leaf -> half);
      search(NearestSearch.scanning(), reader, SegmentFilter.ALL);
      search(new NearestSearch(), reader, leaf -> half);
    } catch (IOException clean) {
      // said so, as it should
    } catch (UncheckedIOException clean) {
      // the same
    }
  }

  private static void search(NearestSearch search, DirectoryReader reader, SegmentFilter filter)
      throws IOException {
    NearestRequest request = NearestRequest.of("v", Distance.EUCLID, vectors[5], 10).withEf(40);
    assertThat(search.search(reader, request, filter, IdOrder.BY_PLACE, Cancellation.NEVER))
        .hasSizeLessThanOrEqualTo(10);
  }

  private static Path copied(String index) throws IOException {
    Path copy = Files.createTempDirectory(folder, "copy");
    try (var files = Files.list(folder.resolve(index))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private static Path fileOf(Path folder, String ending) {
    try (var files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith("." + ending)).findFirst().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
