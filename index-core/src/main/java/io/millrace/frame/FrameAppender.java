package io.millrace.frame;

import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Writes frames that many threads hand in, in the order of the calls, by one thread of its own.
/// What has piled up while one force ran is written together and shares the next: the number of
/// forces follows the disk, not the callers.
///
/// **After a failed write or force** nothing of it is known: the kernel may have dropped the pages
/// and call them clean. So that file gets no further frame, every waiter fails, and the appender
/// stays closed until the log is opened again. The one thing still done is to cut the file back to
/// what was acknowledged, which also drops cached pages that look written and are not.
public final class FrameAppender implements AutoCloseable {

  /// More waiting bytes than this make [#append] wait. Whoever calls has a smaller budget of its
  /// own; this one only keeps the heap whole when it has not.
  private static final long MAX_PENDING_BYTES = 128L << 20;

  /// Frames of a group are gathered into writes of up to this size.
  private static final int GATHER_BYTES = 1 << 20;

  /// What an idle appender keeps for gathering: there may be a thousand.
  private static final int KEPT_GATHER_BYTES = 16 << 10;

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(30);

  /// When a frame counts as written.
  public sealed interface Forcing {
    /// Once it was forced.
    ///
    /// @param gathering how long a group waits for further frames before it is written
    record EveryGroup(Duration gathering) implements Forcing {}

    /// Once it was handed to the system; forced that often in the background.
    record Every(Duration interval) implements Forcing {}
  }

  /// @param rollBytes a file at least this long gets no further frame
  public record Settings(long rollBytes, Forcing forcing, String threadName) {}

  /// Told by the append thread, in order; must be quick.
  public interface Listener {
    /// A file was made; the next frame goes there.
    void rolled(long firstSequence, Path file);

    /// The frame counts as written; its future is done right after.
    void written(long firstSequence, int frameBytes);

    /// The frames of a group count as written.
    ///
    /// @param sequences of all of them
    void grouped(long sequences);
  }

  /// How far a file may be read.
  public record Readable(Path file, long bytes) {}

  /// @param frame head, body; null asks for a force only
  /// @param forcedAt index of the u64 that takes the forced bytes
  private record Item(
      byte @Nullable [] frame,
      int forcedAt,
      long firstSequence,
      long sequences,
      CompletableFuture<Void> done) {}

  private final Disk disk;
  private final Path folder;
  private final FileKind kind;
  private final LongFunction<String> fileName;
  private final Settings settings;
  private final Listener listener;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  // guarded by lock
  private ArrayDeque<Item> pending = new ArrayDeque<>();
  private long pendingBytes;
  private long nextSequence;
  private boolean closing;

  private volatile Optional<Failure> failure = Optional.empty();
  private volatile Readable readable;

  // append thread only
  private Disk.AppendFile file;
  private long forcedBytes; // of the file
  private long writtenBytes; // of the file; what a later read may find
  private long nextForceNanos;
  private byte[] gathered = new byte[0];
  private int gatheredBytes;
  private ArrayDeque<Item> unsettled = new ArrayDeque<>(); // taken, not yet done

  /// @param file where to go on, at its end, all of it forced; owned from here on
  /// @param fileName from a first sequence
  public FrameAppender(
      Disk disk,
      Path folder,
      FileKind kind,
      LongFunction<String> fileName,
      Disk.AppendFile file,
      long nextSequence,
      Settings settings,
      Listener listener) {
    this.disk = disk;
    this.folder = folder;
    this.kind = kind;
    this.fileName = fileName;
    this.file = file;
    this.forcedBytes = file.size();
    this.writtenBytes = file.size();
    this.readable = new Readable(file.path(), file.size());
    this.nextSequence = nextSequence;
    this.settings = settings;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name(settings.threadName()).daemon().unstarted(this::run);
    this.thread.start();
  }

  /// Makes an empty file: header forced, then its name. What a crash leaves of it is no longer than
  /// a header.
  public static Disk.AppendFile createFile(
      Disk disk, Path folder, FileKind kind, String name, long firstSequence) throws IOException {
    Disk.AppendFile made = disk.create(folder.resolve(name));
    try {
      byte[] header = kind.header(firstSequence);
      made.append(header, 0, header.length);
      made.force();
      disk.forceFolder(folder);
      return made;
    } catch (IOException | RuntimeException e) {
      made.close();
      throw e;
    }
  }

  /// Takes a frame whose head and u64 at `forcedAt` are filled in here. The future is done on the
  /// append thread: what is chained to it must be quick. It fails with [Failure.Unavailable] or
  /// [Failure.StorageFull]; the frame is then wholly there after the next open, or not at all.
  ///
  /// @param frame not to be touched any more
  /// @param firstSequence the number expected next
  /// @param sequences numbers this frame takes
  public CompletableFuture<Void> append(
      byte[] frame, int forcedAt, long firstSequence, long sequences) {
    if (frame.length - Frame.HEAD_BYTES > Frame.MAX_BODY_BYTES) {
      throw new IllegalArgumentException("a frame of " + frame.length + " bytes");
    }
    return enqueue(frame, forcedAt, firstSequence, sequences);
  }

  /// Done when everything handed in before is forced.
  public CompletableFuture<Void> force() {
    return enqueue(null, 0, -1, 0);
  }

  private CompletableFuture<Void> enqueue(
      byte @Nullable [] frame, int forcedAt, long firstSequence, long sequences) {
    Item item = new Item(frame, forcedAt, firstSequence, sequences, new CompletableFuture<>());
    int bytes = frame == null ? 0 : frame.length;
    lock.lock();
    try {
      while (pendingBytes + bytes > MAX_PENDING_BYTES && pendingBytes > 0 && failure.isEmpty()) {
        room.awaitUninterruptibly(); // ends with the write that runs, or with its failure
      }
      if (failure.isPresent()) {
        return CompletableFuture.failedFuture(failure.get());
      }
      if (closing) {
        return CompletableFuture.failedFuture(
            new Failure.Unavailable(folder + " is closed and takes no writes"));
      }
      if (frame != null && firstSequence != nextSequence) {
        throw new IllegalArgumentException(
            "sequence " + firstSequence + " handed in where " + nextSequence + " is next");
      }
      nextSequence += sequences;
      pending.add(item);
      pendingBytes += bytes;
      work.signal();
    } finally {
      lock.unlock();
    }
    return item.done();
  }

  public long nextSequence() {
    lock.lock();
    try {
      return nextSequence;
    } finally {
      lock.unlock();
    }
  }

  /// The file being written and how much of it counts as written.
  public Readable readable() {
    return readable;
  }

  /// Why no more writes are taken.
  public Optional<Failure> failure() {
    return failure;
  }

  private void run() {
    try {
      while (takeWork()) {
        write();
        if (forceIsDue()) {
          forceFile();
        }
      }
      if (forcedBytes < writtenBytes) {
        forceFile();
      }
      file.close();
    } catch (Throwable e) { // the top of the thread: whatever it was, nobody may wait for ever
      fail(e);
    }
  }

  /// Waits for items or for the time to force. False when closing and all is done.
  private boolean takeWork() {
    lock.lock();
    try {
      while (pending.isEmpty() && !closing) {
        if (forcedBytes == writtenBytes) {
          work.awaitUninterruptibly();
        } else {
          long nanos = nextForceNanos - System.nanoTime();
          if (nanos <= 0) {
            return true;
          }
          try {
            work.awaitNanos(nanos);
          } catch (InterruptedException e) {
            // Nobody has a reason to interrupt this thread; close() is how it is stopped.
          }
        }
      }
      if (pending.isEmpty()) {
        return false;
      }
      gather();
      ArrayDeque<Item> empty = unsettled;
      unsettled = pending;
      pending = empty;
      pendingBytes = 0;
      room.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// With the lock held: gives the group that was begun its time to grow, unless its room ends or
  /// somebody asks for all of it to be forced.
  private void gather() {
    if (!(settings.forcing() instanceof Forcing.EveryGroup(Duration gathering))) {
      return;
    }
    long until = System.nanoTime() + gathering.toNanos();
    long left = gathering.toNanos();
    while (left > 0 && !closing && pendingBytes < GATHER_BYTES && !isForceAsked()) {
      try {
        work.awaitNanos(left);
      } catch (InterruptedException e) {
        // as above: close() is how it is stopped
      }
      left = until - System.nanoTime();
    }
  }

  private boolean isForceAsked() {
    Item last = pending.peekLast();
    return last != null && last.frame() == null;
  }

  private boolean forceIsDue() {
    return forcedBytes < writtenBytes && System.nanoTime() - nextForceNanos >= 0;
  }

  /// Writes what was taken, file by file, and settles it.
  private void write() throws IOException {
    ArrayDeque<Item> taken = new ArrayDeque<>(unsettled);
    long groupBytes = 0;
    for (Item item : taken) {
      groupBytes += item.frame() == null ? 0 : item.frame().length;
    }
    if (gathered.length < Math.min(groupBytes, GATHER_BYTES)) {
      gathered = new byte[(int) Math.min(groupBytes, GATHER_BYTES)];
    }
    boolean forceAsked = false;
    for (Item item : taken) {
      byte[] frame = item.frame();
      if (frame == null) {
        forceAsked = true;
        continue;
      }
      if (file.size() + gatheredBytes >= settings.rollBytes()
          && file.size() + gatheredBytes > FileKind.HEADER_BYTES) {
        flush();
        settle(true, item);
        roll(item.firstSequence());
      }
      Frame.putLong(frame, item.forcedAt(), forcedBytes);
      Frame.seal(frame);
      put(frame);
    }
    flush();
    if (gathered.length > KEPT_GATHER_BYTES) {
      gathered = new byte[0];
    }
    settle(forceAsked, null);
  }

  private void put(byte[] frame) throws IOException {
    if (gatheredBytes + frame.length > gathered.length) {
      flush();
    }
    if (frame.length > gathered.length) {
      file.append(frame, 0, frame.length);
    } else {
      System.arraycopy(frame, 0, gathered, gatheredBytes, frame.length);
      gatheredBytes += frame.length;
    }
  }

  private void flush() throws IOException {
    if (gatheredBytes > 0) {
      file.append(gathered, 0, gatheredBytes);
      gatheredBytes = 0;
    }
  }

  /// Everything taken before `until` (all if null) lies in the file: forces it where that is asked
  /// for, then tells.
  private void settle(boolean force, @Nullable Item until) throws IOException {
    switch (settings.forcing()) {
      case Forcing.EveryGroup ignored -> forceFile();
      case Forcing.Every(Duration interval) -> {
        if (force) {
          forceFile();
        } else if (forcedBytes == writtenBytes) {
          nextForceNanos = System.nanoTime() + interval.toNanos();
        }
      }
    }
    writtenBytes = file.size();
    readable = new Readable(file.path(), writtenBytes);
    long sequences = 0;
    while (!unsettled.isEmpty() && unsettled.peekFirst() != until) {
      Item item = unsettled.removeFirst();
      sequences += item.sequences();
      if (item.frame() != null) {
        listener.written(item.firstSequence(), item.frame().length);
      }
      item.done().complete(null);
    }
    if (sequences > 0) {
      listener.grouped(sequences);
    }
  }

  private void forceFile() throws IOException {
    if (forcedBytes < file.size()) {
      file.force();
      forcedBytes = file.size();
    }
  }

  private void roll(long firstSequence) throws IOException {
    file.close();
    file = createFile(disk, folder, kind, fileName.apply(firstSequence), firstSequence);
    forcedBytes = file.size();
    writtenBytes = file.size();
    listener.rolled(firstSequence, file.path());
    readable = new Readable(file.path(), writtenBytes);
  }

  private void fail(Throwable cause) {
    long wanted = 1L << 20;
    for (Item item : unsettled) {
      wanted += item.frame() == null ? 0 : item.frame().length;
    }
    Failure why = reason(cause, wanted);
    List<Item> waiting = new ArrayList<>(unsettled);
    lock.lock();
    try {
      failure = Optional.of(why);
      waiting.addAll(pending);
      pending.clear();
      pendingBytes = 0;
      room.signalAll();
    } finally {
      lock.unlock();
    }
    unsettled.clear();
    try (Disk.AppendFile closed = file) {
      closed.cut(writtenBytes);
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e); // The next open reads what is there: whole frames nobody was told of.
    }
    for (Item item : waiting) {
      item.done().completeExceptionally(why);
    }
  }

  private Failure reason(Throwable cause, long wantedBytes) {
    long free;
    try {
      free = disk.freeSpace(folder);
    } catch (IOException | RuntimeException e) {
      free = Long.MAX_VALUE;
    }
    if (cause instanceof IOException && free < wantedBytes) {
      return new Failure.StorageFull(
          "No space left to write %s: %d bytes are free".formatted(file.path(), free));
    }
    return new Failure.Unavailable(
        "%s could not be written (%s); it takes no more writes until it is opened again"
            .formatted(file.path(), cause),
        cause);
  }

  /// Writes and forces what was handed in, then stops the thread. Throws the failure that this last
  /// part meets. May be called twice.
  @Override
  public void close() {
    lock.lock();
    boolean first = !closing;
    boolean failedBefore = failure.isPresent();
    try {
      closing = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    long until = System.nanoTime() + CLOSE_WAIT.toNanos();
    while (thread.isAlive()) {
      try {
        long nanos = until - System.nanoTime();
        if (nanos <= 0 || thread.join(Duration.ofNanos(nanos))) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true; // What was acknowledged is forced first; that is bounded by the wait.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new Failure.Unavailable(
          "%s is still being written %d s after it was closed"
              .formatted(folder, CLOSE_WAIT.toSeconds()));
    }
    if (first && !failedBefore && failure.isPresent()) {
      throw failure.get();
    }
  }
}
