package io.millrace.app.govector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Files that bbolt itself made (resources/govector), and the same with bytes changed.
@Timeout(60)
class GoVectorFileTest {
  private static final int PAGE = 1024; // of collections.db

  @TempDir Path folder;

  private Path file(String name, Consumer<MemorySegment> change) throws IOException {
    try (InputStream in = GoVectorFileTest.class.getResourceAsStream("/govector/" + name)) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      change.accept(MemorySegment.ofArray(bytes));
      return Files.write(folder.resolve(name), bytes);
    }
  }

  private Path collections() throws IOException {
    return file("collections.db", same -> {});
  }

  private static List<GoVectorPoint> points(GoVectorFile file, String name) {
    List<GoVectorPoint> all = new ArrayList<>();
    GoVectorFile.Points points = file.points(name, 0);
    for (Optional<GoVectorPoint> p = points.next(); p.isPresent(); p = points.next()) {
      all.add(p.get());
    }
    return all;
  }

  private static int readAll(Path path) throws IOException {
    try (GoVectorFile file = GoVectorFile.open(path)) {
      int read = 0;
      for (String name : file.names()) {
        file.createBody(name);
        file.count(name);
        read += points(file, name).size();
      }
      return read;
    }
  }

  @Test
  void collections_keep_their_settings() throws IOException {
    try (GoVectorFile file = GoVectorFile.open(collections())) {
      assertThat(file.names()).containsExactly("bare", "empty", "quantized", "unknown", "words");
      assertThat(file.createBody("words").orElseThrow().toString())
          .isEqualTo(
              """
              {"name":"words","vector_size":4,"distance":"Euclid","hnsw":true,\
              "parameters":{"M":8,"EfConstruction":100,"EfSearch":32,"K":3}}\
              """);
      assertThat(file.createBody("quantized").orElseThrow().path("hnsw").asBoolean()).isFalse();
      assertThat(file.createBody("bare").orElseThrow().toString())
          .isEqualTo("{\"name\":\"bare\",\"vector_size\":2,\"distance\":\"Cosine\"}");
      assertThat(file.createBody("empty").orElseThrow().path("vector_size").asInt()).isEqualTo(2);
      assertThat(file.createBody("unknown")).isEmpty();
      assertThat(file.names().stream().map(file::count)).containsExactly(2L, 0L, 3L, 0L, 122L);
    }
  }

  @Test
  void pages_are_as_large_as_the_file_says() throws IOException {
    try (GoVectorFile file = GoVectorFile.open(file("usual.db", same -> {}))) {
      assertThat(points(file, "usual"))
          .containsExactly(
              new GoVectorPoint("{\"id\":\"1\",\"vector\":[1.0,2.0],\"payload\":{}}", 2, false));
    }
  }

  @Test
  void points_come_in_the_order_of_their_keys_from_any_place_on() throws IOException {
    try (GoVectorFile file = GoVectorFile.open(collections())) {
      List<GoVectorPoint> all = points(file, "words");
      assertThat(all).hasSize(122);
      assertThat(all.getFirst().json())
          .isEqualTo("{\"id\":\"0\",\"vector\":[0.0,1.0,2.0,3.0],\"payload\":{\"n\":0}}");
      for (int from = 0; from <= all.size(); from++) {
        assertThat(file.points("words", from).next().map(GoVectorPoint::json).orElse("none"))
            .isEqualTo(from < all.size() ? all.get(from).json() : "none");
      }
    }
  }

  @Test
  void payloads_keep_every_kind_of_value() throws IOException {
    try (GoVectorFile file = GoVectorFile.open(collections())) {
      assertThat(points(file, "words").getLast().json())
          .isEqualTo(
              "{\"id\":\"doc-é\",\"vector\":[0.1,-0.25,3.0E-8,7.0],\"payload\":{"
                  + "\"text\":\"größe \\\"x\\\"\",\"long\":\""
                  + "overflow ".repeat(400)
                  + "\",\"integer\":9007199254740993,\"negative\":-5,\"double\":1.5,"
                  + "\"not a number\":\"NaN\",\"bool\":true,"
                  + "\"nested\":{\"list\":[1,null,\"x\"],\"big\":12345678901234567890},"
                  + "\"bytes\":\"AP8=\"}}");
    }
  }

  @Test
  void quantized_vectors_are_decoded_and_their_key_is_dropped() throws IOException {
    try (GoVectorFile file = GoVectorFile.open(collections())) {
      List<GoVectorPoint> points = points(file, "quantized");
      assertThat(points.get(0).json())
          .isEqualTo(
              "{\"id\":\"1\",\"vector\":[-1.0,1.0,-0.59999996],\"payload\":{\"kind\":\"a\"}}");
      assertThat(points.get(1).json()).contains("\"vector\":[4.0,4.0,4.0],\"payload\":{}");
      assertThat(points.stream().map(GoVectorPoint::isApproximate))
          .containsExactly(true, true, false);
    }
  }

  /// A power cut tears the page that was being written; the other one is a transaction older.
  @Test
  void a_torn_meta_page_leaves_the_transaction_before() throws IOException {
    for (int torn : new int[] {0, 1}) {
      Path path =
          file("collections.db", bytes -> bytes.set(BoltFile.U64, torn * PAGE + 16 + 56, 1));
      try (GoVectorFile whole = GoVectorFile.open(collectionsCopy());
          GoVectorFile file = GoVectorFile.open(path)) {
        boolean lastIsTorn = !file.version().endsWith(transaction(whole));
        assertThat(file.names()).contains("words", "quantized", "bare");
        assertThat(file.names().contains("unknown")).isEqualTo(!lastIsTorn);
      }
    }
  }

  private Path collectionsCopy() throws IOException {
    Path copy = folder.resolve("copy.db");
    Files.deleteIfExists(copy);
    try (InputStream in = GoVectorFileTest.class.getResourceAsStream("/govector/collections.db")) {
      Files.copy(Objects.requireNonNull(in), copy);
    }
    return copy;
  }

  private static String transaction(GoVectorFile file) {
    return file.version().substring(file.version().lastIndexOf('@'));
  }

  @Test
  void a_write_meanwhile_is_noticed() throws IOException {
    Path path = collections();
    try (GoVectorFile file = GoVectorFile.open(path)) {
      assertThat(file.isChanged()).isFalse();
      byte[] bytes = Files.readAllBytes(path);
      MemorySegment segment = MemorySegment.ofArray(bytes);
      segment.set(BoltFile.U64, 16 + 48, 1000);
      segment.set(BoltFile.U64, 16 + 56, BoltFile.fnv1a(segment, 16, 56));
      try (var out = FileChannel.open(path, StandardOpenOption.WRITE)) {
        out.write(ByteBuffer.wrap(bytes));
      }
      assertThat(file.isChanged()).isTrue();
    }
  }

  private void damaged(Consumer<MemorySegment> change, String... said) throws IOException {
    Path path = file("collections.db", change);
    assertThatThrownBy(() -> readAll(path))
        .isInstanceOf(DamagedFile.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContainingAll(said)
        .message()
        .doesNotContain("\n");
  }

  /// Page 21 is the branch of `words`, page 25 its last leaf, whose value reaches over three more.
  @Test
  void damage_is_said_with_its_place() throws IOException {
    long branch = 21 * PAGE;
    long leaf = 25 * PAGE;
    damaged(
        bytes -> bytes.asSlice(0, 2 * PAGE).fill((byte) 0),
        "no bbolt database, or both of its meta pages are damaged");
    damaged(
        bytes -> bytes.set(BoltFile.U64, branch, 7),
        "page 21 of bucket words says that it is page 7");
    damaged(
        bytes -> bytes.set(BoltFile.U16, branch + 8, (short) 16),
        "page 21 of bucket words has the flags 16");
    damaged(
        bytes -> bytes.set(BoltFile.U16, branch + 10, (short) 5000),
        "page 21 of bucket words has no room for its 5000 elements");
    damaged(
        bytes -> bytes.set(BoltFile.U64, branch + 16 + 8, 1L << 40),
        "bucket words names page 1099511627776, which does not exist");
    damaged(
        bytes -> bytes.set(BoltFile.U64, branch + 32 + 8, 21),
        "page 2 of bucket words is in its tree twice");
    damaged(
        bytes -> bytes.set(BoltFile.U32, leaf + 12, 1 << 30),
        "page 25 of bucket words reaches behind the end of the file");
    damaged(
        bytes -> bytes.set(BoltFile.U32, leaf + 16 + 12, 1 << 30),
        "element 0 of page 25 of bucket words reaches behind its end");
  }

  @Test
  void a_file_that_was_cut_or_is_another_one_is_refused() throws IOException {
    Path cut = folder.resolve("cut.db");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(collections()), 20 * PAGE));
    assertThatThrownBy(() -> readAll(cut)).hasMessageContaining("it holds 20 pages, and");
    Path other = Files.writeString(folder.resolve("other.db"), "SQLite format 3");
    assertThatThrownBy(() -> readAll(other)).hasMessageContaining("no bbolt database");
    Path empty = Files.createFile(folder.resolve("empty.db"));
    assertThatThrownBy(() -> readAll(empty)).hasMessageContaining("no bbolt database");
  }

  @Test
  void whatever_byte_is_damaged_reading_ends_with_points_or_a_sentence() throws IOException {
    byte[] whole = Files.readAllBytes(collections());
    int refused = 0;
    for (int at = 0; at < whole.length; at += 11) {
      byte[] bytes = whole.clone();
      bytes[at] ^= (byte) (at % 2 == 0 ? 0xFF : 0x01);
      Path path = Files.write(folder.resolve("flipped.db"), bytes);
      try {
        readAll(path);
      } catch (DamagedFile expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(50);
  }
}
