package io.millrace.app.govector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// A bbolt database, mapped and only read. All numbers are little-endian:
///
/// ```
/// page     id u64 | flags u16 | count u16 | overflow u32 | elements     overflow = pages that follow
/// meta     page 0 and page 1, flags 4; behind the header: magic u32 | version u32 = 2 |
///          page size u32 | flags u32 | root page u64 | sequence u64 | free list u64 |
///          pages in use u64 | transaction u64 | FNV-1a-64 of those 56 bytes u64
/// ```
///
/// The valid meta page with the higher transaction counts. Pages are held against the bounds of the
/// file when they are read; see [BoltPage] and [BoltBucket] for what is in them.
final class BoltFile implements AutoCloseable {
  static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int MAGIC = 0xED0CDAED;
  private static final int VERSION = 2;
  private static final int META_BYTES = 64;
  private static final int CHECKED_BYTES = 56;
  private static final int SMALLEST_PAGE = 1 << 10;
  private static final int LARGEST_PAGE = 1 << 24;

  private final Path path;
  private final Arena arena;
  private final MemorySegment bytes;
  private final Meta meta;

  /// @param root page of the bucket that holds all others
  /// @param pages how many are in use
  private record Meta(int pageBytes, long root, long pages, long transaction) {}

  private BoltFile(Path path, Arena arena, MemorySegment bytes, Meta meta) {
    this.path = path;
    this.arena = arena;
    this.bytes = bytes;
    this.meta = meta;
  }

  /// For the thread that opens it.
  ///
  /// @throws DamagedFile when it is no whole bbolt database
  @SuppressWarnings("MustBeClosedChecker") // the file owns the arena, and closes it
  static BoltFile open(Path path) throws IOException {
    Arena arena = Arena.ofConfined();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      Meta meta = newest(path, bytes);
      long pages = bytes.byteSize() / meta.pageBytes();
      if (meta.pages() < 0 || meta.pages() > pages) {
        throw new DamagedFile(
            path,
            "the file was cut: it holds %d pages, and %s are in use"
                .formatted(pages, Long.toUnsignedString(meta.pages())));
      }
      if (meta.pages() > Integer.MAX_VALUE) {
        throw new DamagedFile(path, "more pages than a database of this reader may have");
      }
      return new BoltFile(path, arena, bytes, meta);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static Meta newest(Path path, MemorySegment bytes) {
    Optional<Meta> first = meta(path, bytes, 0);
    Optional<Meta> second =
        first.isPresent() ? meta(path, bytes, first.get().pageBytes()) : found(path, bytes);
    if (first.isPresent() && second.isPresent()) {
      boolean secondIsNewer =
          Long.compareUnsigned(second.get().transaction(), first.get().transaction()) > 0;
      return secondIsNewer ? second.get() : first.get();
    }
    Optional<Meta> only = first.isPresent() ? first : second;
    return only.orElseThrow(
        () -> new DamagedFile(path, "no bbolt database, or both of its meta pages are damaged"));
  }

  /// The second meta page where the first is torn: it begins where a page of its size ends.
  private static Optional<Meta> found(Path path, MemorySegment bytes) {
    for (int size = SMALLEST_PAGE; size <= LARGEST_PAGE; size *= 2) {
      Optional<Meta> meta = meta(path, bytes, size);
      if (meta.isPresent() && meta.get().pageBytes() == size) {
        return meta;
      }
    }
    return Optional.empty();
  }

  /// Empty when there is no valid one.
  private static Optional<Meta> meta(Path path, MemorySegment bytes, long page) {
    long at = page + BoltPage.HEADER_BYTES;
    if (at + META_BYTES > bytes.byteSize()
        || bytes.get(U32, at) != MAGIC
        || bytes.get(U64, at + CHECKED_BYTES) != fnv1a(bytes, at, CHECKED_BYTES)) {
      return Optional.empty();
    }
    int version = bytes.get(U32, at + 4);
    if (version != VERSION) {
      throw new DamagedFile(
          path, "bbolt's version %d, where %d is known".formatted(version, VERSION));
    }
    int size = bytes.get(U32, at + 8);
    if (size < SMALLEST_PAGE || size > LARGEST_PAGE || Integer.bitCount(size) != 1) {
      throw new DamagedFile(path, "the meta page names pages of " + size + " bytes");
    }
    return Optional.of(
        new Meta(size, bytes.get(U64, at + 16), bytes.get(U64, at + 40), bytes.get(U64, at + 48)));
  }

  static long fnv1a(MemorySegment bytes, long from, int length) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < length; i++) {
      hash = (hash ^ (bytes.get(ValueLayout.JAVA_BYTE, from + i) & 0xFF)) * 0x100000001B3L;
    }
    return hash;
  }

  /// The bucket of buckets.
  BoltBucket root() {
    return BoltBucket.at(this, meta.root(), "the root bucket");
  }

  Path path() {
    return path;
  }

  /// Number of the last transaction, as it was when the file was opened.
  long transaction() {
    return meta.transaction();
  }

  /// Whether somebody wrote to the file since it was opened.
  boolean isChanged() {
    return newest(path, bytes).transaction() != meta.transaction();
  }

  /// A page with the pages that belong to it.
  ///
  /// @param of what it is a page of, for the message of an error
  BoltPage page(long id, String of) {
    if (id < 2 || id >= meta.pages()) {
      throw damage("%s names page %s, which does not exist", of, Long.toUnsignedString(id));
    }
    long from = id * meta.pageBytes();
    long overflow = Integer.toUnsignedLong(bytes.get(U32, from + 12));
    if (overflow >= meta.pages() - id) {
      throw damage("page %d of %s reaches behind the end of the file", id, of);
    }
    if (bytes.get(U64, from) != id) {
      throw damage(
          "page %d of %s says that it is page %s",
          id, of, Long.toUnsignedString(bytes.get(U64, from)));
    }
    return new BoltPage(
        this, "page " + id + " of " + of, bytes.asSlice(from, (overflow + 1) * meta.pageBytes()));
  }

  DamagedFile damage(String format, Object... values) {
    return new DamagedFile(path, "the file is damaged: " + format.formatted(values));
  }

  @Override
  public void close() {
    arena.close();
  }
}
