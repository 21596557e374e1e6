package io.millrace.frame;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;

/// A disk in memory that knows what would survive a loss of power, and fails on demand.
///
/// What was written and not forced may afterwards be there, be missing, be cut short or be zeros,
/// in any mixture: later writes may have reached the disk before earlier ones. Names are kept in
/// the same way until their folder is forced. A failed force leaves its bytes readable, marked
/// clean and never to be written, as Linux does.
public final class FaultDisk implements Disk {

  /// One call that could fail: `force /data/log/0.mlog`.
  public record Call(String kind, Path path) {}

  private static final class Content {
    byte[] bytes = new byte[64];
    int size;

    void put(int at, byte[] from, int length) {
      if (at + length > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(at + length, 2 * bytes.length));
      }
      System.arraycopy(from, 0, bytes, at, length);
      size = Math.max(size, at + length);
    }

    void resize(int newSize) {
      if (newSize > bytes.length) {
        bytes = Arrays.copyOf(bytes, newSize);
      }
      if (newSize < size) {
        Arrays.fill(bytes, newSize, size, (byte) 0);
      }
      size = newSize;
    }

    Content copy() {
      Content copy = new Content();
      copy.put(0, bytes, size);
      return copy;
    }
  }

  private static final class Node {
    Content seen = new Content(); // by readers
    Content durable = new Content();
    final List<Write> unforced = new ArrayList<>();
    int lost; // so many of the unforced no later force will write: one failed on them

    private record Write(int at, byte[] bytes, boolean isCut) {
      /// The first `length` bytes of this write reach the disk.
      void reach(Content file, int length) {
        if (!isCut) {
          file.put(at, bytes, length);
        } else if (at < file.size) {
          file.resize(at);
        }
      }
    }
  }

  private static final class FolderNode {
    final TreeMap<String, Object> names = new TreeMap<>(); // Node or FolderNode
    TreeMap<String, Object> durable = new TreeMap<>();
    final List<Change> unforced = new ArrayList<>();

    /// Names set (null: removed) in one step.
    private record Change(Map<String, Object> set) {}
  }

  private final FolderNode root = new FolderNode();
  private final List<Call> calls = new ArrayList<>();
  private Predicate<Call> fails = call -> false;
  private long capacity = Long.MAX_VALUE;
  private long used;
  private boolean off;
  private Runnable beforeForce = () -> {};

  /// Every call from now on for which this is true fails. Asked once per call, in order.
  public synchronized void failWhen(Predicate<Call> when) {
    fails = when;
  }

  /// The Nth call from now on fails, and only that one; N from 1.
  public synchronized void failAtCall(int n) {
    int[] left = {n};
    fails = call -> --left[0] == 0;
  }

  /// Run by whoever forces a file, before it does and without the disk's lock.
  public synchronized void beforeForce(Runnable hook) {
    beforeForce = hook;
  }

  public synchronized void failNever() {
    fails = call -> false;
  }

  /// Bytes that all files together may have.
  public synchronized void setCapacity(long bytes) {
    capacity = bytes;
  }

  /// All calls so far that could have failed.
  public synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  public synchronized long count(String kind) {
    return calls.stream().filter(call -> call.kind().equals(kind)).count();
  }

  /// The power goes: this disk fails from now on; the returned one holds what might be left.
  public synchronized FaultDisk losePower(SplittableRandom r) {
    off = true;
    FaultDisk after = new FaultDisk();
    survive(root, after.root, r, new HashMap<>());
    return after;
  }

  /// The process dies and the machine lives: this disk fails from now on; the returned one holds
  /// all.
  public synchronized FaultDisk killProcess() {
    off = true;
    FaultDisk after = new FaultDisk();
    after.root.names.putAll(root.names);
    after.root.durable = root.durable;
    after.root.unforced.addAll(root.unforced);
    after.used = used;
    after.capacity = capacity;
    return after;
  }

  private void survive(FolderNode from, FolderNode to, SplittableRandom r, Map<Node, Node> seen) {
    TreeMap<String, Object> names = new TreeMap<>(from.durable);
    boolean inOrder = r.nextBoolean();
    for (FolderNode.Change change : from.unforced) {
      if (r.nextInt(3) == 0) {
        if (inOrder) {
          break;
        }
        continue;
      }
      change
          .set()
          .forEach((name, node) -> {
            if (node == null) {
              names.remove(name);
            } else {
              names.put(name, node);
            }
          });
    }
    names.forEach((name, node) -> {
      Object left;
      if (node instanceof FolderNode folder) {
        FolderNode copy = new FolderNode();
        survive(folder, copy, r, seen);
        left = copy;
      } else {
        left = seen.computeIfAbsent((Node) node, n -> survive(n, r));
      }
      to.names.put(name, left);
    });
    to.durable = new TreeMap<>(to.names);
  }

  private static Node survive(Node node, SplittableRandom r) {
    Content left = node.durable.copy();
    int mode = r.nextInt(4); // 0: nothing more, 1: a prefix, 2 and 3: any subset, parts as zeros
    for (Node.Write write : mode == 0 ? List.<Node.Write>of() : node.unforced) {
      if (mode > 1 && r.nextInt(3) == 0) {
        continue; // lost; what follows may leave a hole of zeros
      }
      int whole = write.bytes().length;
      int length = r.nextInt(3) == 0 ? r.nextInt(whole + 1) : whole;
      write.reach(left, length);
      if (mode > 1 && length > 1 && r.nextInt(3) == 0) { // and of one write some pages only
        int from = r.nextInt(length);
        int to = from + 1 + r.nextInt(length - from);
        Arrays.fill(
            left.bytes,
            Math.max(write.at() + from, node.durable.size),
            Math.max(write.at() + to, node.durable.size),
            (byte) 0);
      }
      if (mode > 1 && !write.isCut() && r.nextBoolean() && left.size < write.at() + whole) {
        left.resize(write.at() + whole); // the size came before the content
      }
      if (mode == 1 && length < whole) {
        break;
      }
    }
    Node survivor = new Node();
    survivor.seen = left;
    survivor.durable = left.copy();
    return survivor;
  }

  private void call(String kind, Path path) throws IOException {
    if (off) {
      throw new IOException("the disk is gone");
    }
    Call call = new Call(kind, path);
    calls.add(call);
    if (fails.test(call)) {
      throw new IOException("planned failure of " + kind + " " + path);
    }
  }

  private static String nameOf(Path path) {
    return path.getFileName().toString();
  }

  private FolderNode folder(Path path) throws NoSuchFileException {
    FolderNode at = root;
    if (path != null) {
      for (Path part : path) {
        if (!(at.names.get(part.toString()) instanceof FolderNode next)) {
          throw new NoSuchFileException(path.toString());
        }
        at = next;
      }
    }
    return at;
  }

  private Node node(Path file) throws NoSuchFileException {
    if (folder(file.getParent()).names.get(nameOf(file)) instanceof Node node) {
      return node;
    }
    throw new NoSuchFileException(file.toString());
  }

  private static void set(FolderNode folder, String name, Object node) {
    Map<String, Object> change = new HashMap<>();
    change.put(name, node);
    apply(folder, change);
  }

  private static void apply(FolderNode folder, Map<String, Object> change) {
    change.forEach((name, node) -> {
      if (node == null) {
        folder.names.remove(name);
      } else {
        folder.names.put(name, node);
      }
    });
    folder.unforced.add(new FolderNode.Change(change));
  }

  @Override
  public synchronized AppendFile create(Path file) throws IOException {
    call("create", file);
    FolderNode folder = folder(file.getParent());
    if (folder.names.containsKey(nameOf(file))) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Node node = new Node();
    set(folder, nameOf(file), node);
    return new Appending(file, node);
  }

  @Override
  public synchronized AppendFile append(Path file) throws IOException {
    call("open", file);
    return new Appending(file, node(file));
  }

  @Override
  public synchronized ReadFile read(Path file) throws IOException {
    call("read", file);
    Node node = node(file);
    return new ReadFile() {
      @Override
      public long size() {
        synchronized (FaultDisk.this) {
          return node.seen.size;
        }
      }

      @Override
      public int read(long byteOffset, byte[] into, int offset, int length) {
        synchronized (FaultDisk.this) {
          int n = (int) Math.max(0, Math.min(length, node.seen.size - byteOffset));
          if (n > 0) {
            System.arraycopy(node.seen.bytes, (int) byteOffset, into, offset, n);
          }
          return n;
        }
      }

      @Override
      public void close() {}
    };
  }

  /// Gives a file this content, durable; for tests that damage it.
  public synchronized void put(Path file, byte[] content) throws IOException {
    FolderNode folder = folder(file.getParent());
    Node node = new Node();
    node.seen.put(0, content, content.length);
    node.durable = node.seen.copy();
    used += content.length;
    if (folder.names.get(nameOf(file)) instanceof Node old) {
      used -= old.seen.size;
    }
    folder.names.put(nameOf(file), node);
    folder.durable.put(nameOf(file), node);
  }

  @Override
  public synchronized boolean exists(Path path) {
    try {
      return path.getNameCount() == 0 || folder(path.getParent()).names.containsKey(nameOf(path));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public synchronized boolean isFolder(Path path) {
    try {
      folder(path);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public synchronized List<String> list(Path folder) throws IOException {
    call("list", folder);
    return new ArrayList<>(folder(folder).names.keySet());
  }

  @Override
  public synchronized void makeFolder(Path folder) throws IOException {
    call("make folder", folder);
    FolderNode parent = folder(folder.getParent());
    if (!(parent.names.get(nameOf(folder)) instanceof FolderNode)) {
      set(parent, nameOf(folder), new FolderNode());
    }
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    call("rename", to);
    if (!from.getParent().equals(to.getParent())) {
      throw new IOException("renamed into another folder, which this disk does not know");
    }
    Map<String, Object> change = new HashMap<>();
    Node old = exists(to) ? node(to) : null;
    used -= old == null ? 0 : old.seen.size;
    change.put(nameOf(to), node(from));
    change.put(nameOf(from), null);
    apply(folder(from.getParent()), change);
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    call("delete", path);
    if (!exists(path)) {
      return;
    }
    FolderNode folder = folder(path.getParent());
    Object gone = folder.names.get(nameOf(path));
    if (gone instanceof FolderNode inner && !inner.names.isEmpty()) {
      throw new DirectoryNotEmptyException(path.toString());
    }
    used -= gone instanceof Node node ? node.seen.size : 0;
    set(folder, nameOf(path), null);
  }

  @Override
  public synchronized void forceFolder(Path folder) throws IOException {
    call("force folder", folder);
    FolderNode node = folder(folder);
    node.durable = new TreeMap<>(node.names);
    node.unforced.clear();
  }

  @Override
  public synchronized long freeSpace(Path path) {
    return capacity == Long.MAX_VALUE ? 1L << 50 : Math.max(0, capacity - used);
  }

  @Override
  public synchronized long totalSpace(Path path) {
    return capacity == Long.MAX_VALUE ? 1L << 50 : capacity;
  }

  private final class Appending implements AppendFile {
    private final Path path;
    private final Node node;
    private long size;
    private boolean closed;

    Appending(Path path, Node node) {
      this.path = path;
      this.node = node;
      this.size = node.seen.size;
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
      synchronized (FaultDisk.this) {
        checkOpen();
        int fits = (int) Math.min(length, freeSpace(path));
        IOException failure = fits < length ? new IOException("No space left on device") : null;
        try {
          call("append", path);
        } catch (IOException e) {
          failure = e;
          fits = off ? 0 : length / 2; // an unknown part
        }
        byte[] part = Arrays.copyOfRange(bytes, offset, offset + fits);
        int at = (int) size;
        node.seen.put(at, part, fits);
        node.unforced.add(new Node.Write(at, part, false));
        used += fits;
        if (failure != null) {
          throw failure;
        }
        size += fits;
      }
    }

    @Override
    public void force() throws IOException {
      Runnable hook;
      synchronized (FaultDisk.this) {
        hook = beforeForce;
      }
      hook.run();
      synchronized (FaultDisk.this) {
        checkOpen();
        try {
          call("force", path);
        } catch (IOException e) {
          if (!off) {
            node.lost = node.unforced.size();
          }
          throw e;
        }
        for (Node.Write write : node.unforced.subList(node.lost, node.unforced.size())) {
          write.reach(node.durable, write.bytes().length);
        }
        node.durable.resize(node.seen.size); // the size is no page: it is kept
        node.unforced.clear();
        node.lost = 0;
      }
    }

    @Override
    public void cut(long newSize) throws IOException {
      synchronized (FaultDisk.this) {
        checkOpen();
        call("cut", path);
        used -= node.seen.size - newSize;
        node.seen.resize((int) newSize);
        node.unforced.add(new Node.Write((int) newSize, new byte[0], true));
        size = newSize;
      }
    }

    @Override
    public void close() {
      closed = true;
    }

    private void checkOpen() throws IOException {
      if (closed) {
        throw new IOException(path + " is closed");
      }
    }
  }
}
