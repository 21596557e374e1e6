package io.millrace.app.govector;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Optional;

/// Keys and values in the order of the keys' bytes: a tree of pages, or one page that lies in the
/// value of the bucket around it.
///
/// ```
/// value of a bucket   root page u64 | sequence u64 | the page itself, where the root page is 0
/// ```
final class BoltBucket {
  private static final int HEADER_BYTES = 16;

  private final BoltFile file;
  private final BoltPage root;
  private final String name;

  private BoltBucket(BoltFile file, BoltPage root, String name) {
    this.file = file;
    this.root = root;
    this.name = name;
  }

  /// @param name for messages
  static BoltBucket at(BoltFile file, long page, String name) {
    return new BoltBucket(file, file.page(page, name), name);
  }

  /// The bucket that an entry holds.
  static BoltBucket in(BoltFile file, BoltPage.Entry entry, String name) {
    MemorySegment value = entry.value();
    if (value.byteSize() < HEADER_BYTES) {
      throw file.damage("%s has a header of %d bytes", name, value.byteSize());
    }
    long page = value.get(BoltFile.U64, 0);
    if (page != 0) {
      return at(file, page, name);
    }
    MemorySegment inline = value.asSlice(HEADER_BYTES);
    if (inline.byteSize() < BoltPage.HEADER_BYTES) {
      throw file.damage("%s lies in a page of %d bytes", name, inline.byteSize());
    }
    BoltPage only = new BoltPage(file, "the page of " + name, inline);
    if (!only.isLeaf()) {
      throw file.damage("%s lies in a page that is no leaf", name);
    }
    return new BoltBucket(file, only, name);
  }

  /// How many entries there are; reads the pages' headers only.
  long count() {
    Cursor cursor = cursor();
    long count = 0;
    for (Optional<BoltPage> leaf = cursor.nextLeaf(); leaf.isPresent(); leaf = cursor.nextLeaf()) {
      count += leaf.get().count();
    }
    return count;
  }

  Cursor cursor() {
    return new Cursor();
  }

  /// A walk from the first entry to the last. A page that comes twice is damage, so each walk ends.
  final class Cursor {
    private final Deque<Branch> above = new ArrayDeque<>();
    private final BitSet seen = new BitSet(); // by page
    private Optional<BoltPage> first = Optional.of(root);
    private Optional<BoltPage> leaf = Optional.empty();
    private int element;

    private static final class Branch {
      private final BoltPage page;
      private int next;

      Branch(BoltPage page) {
        this.page = page;
      }
    }

    /// Empty at the end.
    Optional<BoltPage.Entry> next() {
      while (leaf.isEmpty() || element == leaf.get().count()) {
        leaf = nextLeaf();
        element = 0;
        if (leaf.isEmpty()) {
          return Optional.empty();
        }
      }
      return Optional.of(leaf.get().entry(element++));
    }

    /// Passes entries over without reading them.
    void skip(long entries) {
      long left = entries;
      while (left > 0) {
        if (leaf.isEmpty() || element == leaf.get().count()) {
          leaf = nextLeaf();
          element = 0;
          if (leaf.isEmpty()) {
            return;
          }
        }
        int step = (int) Math.min(left, leaf.get().count() - element);
        element += step;
        left -= step;
      }
    }

    private Optional<BoltPage> nextLeaf() {
      if (first.isPresent()) {
        BoltPage page = first.get();
        first = Optional.empty();
        if (page.isLeaf()) {
          return Optional.of(page);
        }
        above.push(new Branch(page));
      }
      while (!above.isEmpty()) {
        Branch branch = above.getFirst();
        if (branch.next == branch.page.count()) {
          above.pop();
          continue;
        }
        long id = branch.page.child(branch.next++);
        BoltPage page = file.page(id, name);
        if (seen.get((int) id)) {
          throw file.damage("page %d of %s is in its tree twice", id, name);
        }
        seen.set((int) id);
        if (page.isLeaf()) {
          return Optional.of(page);
        }
        above.push(new Branch(page));
      }
      return Optional.empty();
    }
  }
}
