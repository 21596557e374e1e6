package io.millrace.search.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Props;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.VectorValue;
import io.millrace.search.nearest.Candidate;
import io.millrace.search.nearest.IdOrder;
import io.millrace.search.nearest.SegmentFilter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Inverted lists with random bytes in them, or cut short: a search gives hits that are there, or
/// names the file, soon.
class DamagedSparseFilesTest {
  private static final String FIELD = SparseSearchTest.FIELD;
  private static final String LISTS = "msp";
  private static final String META = "msm";

  /// Not a whole number of windows, so that the last one reaches past the last document.
  private static final int DOCUMENTS = 9_000;

  /// Of the dictionary and the footer behind it.
  private static final int END = 2_000;

  /// Of a field's entry, and the mark behind the last one.
  private static final int META_ENTRY = 44;

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    for (String index : List.of("whole", "deletes")) {
      SplittableRandom random = new SplittableRandom(8);
      try (MMapDirectory directory = new MMapDirectory(folder.resolve(index));
          IndexWriter writer = SparseSearchTest.writer(directory)) {
        writer.getConfig().setUseCompoundFile(false);
        for (int i = 0; i < DOCUMENTS; i++) {
          VectorValue.Sparse vector =
              SparseSearchTest.vector(random, random.nextInt(20), i % 10 == 0);
          writer.addDocument(SparseSearchTest.document(i, vector));
        }
        writer.commit();
        for (int i = 0; index.equals("deletes") && i < DOCUMENTS; i += 7) {
          writer.deleteDocuments(new Term("id", "" + i));
        }
        writer.commit();
      }
    }
  }

  /// Where bytes of a file are changed and to what.
  ///
  /// @param places counted from the front, or from the end if negative
  /// @param sealed whether the checksum is that of the damaged bytes, as from a faulty memory, or a
  ///   program that means no good
  private record Damage(
      String index, String ending, long[] places, byte[] bytes, boolean sealed, long seed) {

    /// Anywhere, at the front with the header and the first list, and in the dictionary.
    static Damage ofLists(SplittableRandom random, int size) {
      int count = 1 + random.nextInt(1 + size);
      long[] places =
          switch (random.nextInt(3)) {
            case 0 -> random.longs(count, 0, Long.MAX_VALUE).toArray();
            case 1 -> random.longs(count, 0, 600).toArray();
            default -> random.longs(count, -END, 0).toArray();
          };
      return of(random, LISTS, places, false);
    }

    /// The file is read whole and its checksum compared, which is made to fit.
    static Damage ofMeta(SplittableRandom random, int size) {
      int last = -CodecUtil.footerLength();
      int count = 1 + random.nextInt(1 + size);
      return of(random, META, random.longs(count, last - META_ENTRY, last).toArray(), true);
    }

    private static Damage of(
        SplittableRandom random, String ending, long[] places, boolean sealed) {
      byte[] bytes = new byte[places.length];
      random.nextBytes(bytes);
      String index = random.nextBoolean() ? "whole" : "deletes";
      return new Damage(index, ending, places, bytes, sealed, random.nextLong());
    }

    Path copy() throws IOException {
      Path copy = copied(index);
      Path file = fileOf(copy, ending);
      try (RandomAccessFile changed = new RandomAccessFile(file.toFile(), "rw")) {
        for (int i = 0; i < places.length; i++) {
          changed.seek(places[i] < 0 ? changed.length() + places[i] : places[i] % changed.length());
          changed.write(bytes[i]);
        }
      }
      if (sealed) {
        byte[] all = Files.readAllBytes(file);
        CRC32 sum = new CRC32();
        sum.update(all, 0, all.length - Long.BYTES);
        ByteBuffer.wrap(all).putLong(all.length - Long.BYTES, sum.getValue());
        Files.write(file, all);
      }
      return copy;
    }

    @Override
    public String toString() {
      return "%s.%s at %s".formatted(index, ending, Arrays.toString(places));
    }
  }

  @Test
  void random_bytes_in_the_lists_give_hits_or_name_the_file() {
    Props.forAll(150, 400, Damage::ofLists, DamagedSparseFilesTest::searchDamaged);
  }

  @Test
  void a_meta_file_with_wrong_numbers_and_a_right_checksum_gives_hits_or_is_named() {
    Props.forAll(80, 6, Damage::ofMeta, DamagedSparseFilesTest::searchDamaged);
  }

  @Test
  void a_file_cut_short_is_named() throws IOException {
    for (String ending : List.of(LISTS, META)) {
      SplittableRandom random = new SplittableRandom(3);
      for (int run = 0; run < 30; run++) {
        Path copy = copied("whole");
        Path file = fileOf(copy, ending);
        long length = run < 3 ? run : random.nextLong(Files.size(file));
        try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
          cut.setLength(length);
        }
        assertThatThrownBy(() -> searchIn(copy, 1))
            .as("%s of %d bytes", ending, length)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("." + ending);
      }
    }
  }

  /// Widths of more bits than a document has, documents that are not there or not ascending, data
  /// far behind the end of the file.
  @Test
  void lists_with_the_same_byte_everywhere_are_named_as_damage() throws IOException {
    for (byte all : new byte[] {-1, 0x7F, 0x20, 1, 0}) {
      Path copy = copied("whole");
      Path file = fileOf(copy, LISTS);
      byte[] bytes = Files.readAllBytes(file);
      Arrays.fill(bytes, 128, bytes.length / 2, all);
      Files.write(file, bytes);
      assertThatThrownBy(() -> searchIn(copy, 1))
          .as("bytes of %d", all)
          .isInstanceOf(CorruptIndexException.class)
          .hasMessageContaining("." + LISTS);
    }
  }

  private static void searchDamaged(Damage damage) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          try {
            searchIn(damage.copy(), damage.seed);
          } catch (IOException named) {
            assertThat(named).hasMessageContaining(".ms");
          }
        });
  }

  /// Takes the copy away.
  private static void searchIn(Path copy, long seed) throws IOException {
    try (MMapDirectory directory = new MMapDirectory(copy);
        DirectoryReader reader = DirectoryReader.open(directory)) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int weights : new int[] {5, 12, 400}) {
        VectorValue.Sparse query = SparseSearchTest.vector(random, weights, weights == 12);
        for (int oneIn : new int[] {1, 2, 50}) {
          search(reader, SparseQuery.of(query), oneIn, 10);
          search(reader, SparseQuery.of(query), oneIn, 300);
          search(reader, Rarity.weighted(query, reader.leaves(), FIELD, every(oneIn)), oneIn, 10);
        }
      }
    } finally {
      for (Path file : files(copy)) {
        Files.delete(file);
      }
    }
  }

  /// The live documents with numbers that it divides; null = all.
  private static SegmentFilter every(int oneIn) {
    return leaf -> {
      if (oneIn == 1) {
        return null;
      }
      FixedBitSet bits = new FixedBitSet(leaf.reader().maxDoc());
      for (int doc = 0; doc < bits.length(); doc += oneIn) {
        if (isLive(leaf, doc)) {
          bits.set(doc);
        }
      }
      return bits;
    };
  }

  private static boolean isLive(LeafReaderContext leaf, int doc) {
    Bits live = leaf.reader().getLiveDocs();
    return live == null || live.get(doc);
  }

  private static void search(DirectoryReader reader, SparseQuery query, int oneIn, int limit)
      throws IOException {
    List<Candidate> hits =
        SparseSearch.search(
            reader.leaves(),
            FIELD,
            query,
            every(oneIn),
            limit,
            IdOrder.BY_PLACE,
            () -> {},
            new SearchWork(new SearchPaths()));
    assertThat(hits).hasSizeLessThanOrEqualTo(limit);
    Set<Integer> documents = new HashSet<>();
    for (Candidate hit : hits) {
      LeafReaderContext leaf = reader.leaves().get(hit.leafOrdinal());
      assertThat(hit.doc()).isBetween(0, leaf.reader().maxDoc() - 1);
      assertThat(isLive(leaf, hit.doc()) && hit.doc() % oneIn == 0).as("is admitted").isTrue();
      assertThat(documents.add(hit.doc())).as("no hit twice").isTrue();
    }
  }

  private static Path copied(String index) throws IOException {
    Path copy = Files.createTempDirectory(folder, "copy");
    for (Path file : files(folder.resolve(index))) {
      Files.copy(file, copy.resolve(file.getFileName()));
    }
    return copy;
  }

  private static Path fileOf(Path folder, String ending) throws IOException {
    return files(folder).stream()
        .filter(file -> file.toString().endsWith("." + ending))
        .findFirst()
        .orElseThrow();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
