package io.millrace.ingest.inbox;

import io.millrace.ingest.config.SourceConfig.FilesSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of an inbox that were taken and not yet read to their end, in order. One thread,
/// except for the methods that say otherwise.
final class InboxClaims {
  private static final Logger LOG = LoggerFactory.getLogger(InboxClaims.class);

  /// Files taken at once: three fsyncs.
  static final int PER_ROUND = 1_024;

  private final FilesSource source;
  private final InboxFolder folder;
  private final InboxEndings endings;
  private final ArrayDeque<InboxJournal.Claim> claimed = new ArrayDeque<>();

  // Written by the inbox thread, read by all. A file stands in `unfinished` before `highest`
  // reaches its number.
  private final Set<Long> unfinished = ConcurrentHashMap.newKeySet();
  private volatile long highest;

  InboxClaims(FilesSource source, InboxFolder folder, InboxEndings endings) {
    this.source = source;
    this.folder = folder;
    this.endings = endings;
  }

  /// The next one to be read; null when there is none.
  InboxJournal.@org.jspecify.annotations.Nullable Claim peek() {
    return claimed.peek();
  }

  /// The next ones, in order.
  List<InboxJournal.Claim> ahead() {
    return List.copyOf(claimed);
  }

  /// The first one is read.
  InboxJournal.Claim remove() {
    return claimed.remove();
  }

  /// What is done of the file is durable.
  void finished(InboxJournal.Claim claim) {
    unfinished.remove(claim.number());
  }

  /// Safe to call from any thread.
  int waiting() {
    return unfinished.size();
  }

  /// Whether the file of that stream was read to its end, now or earlier. Safe to call from any
  /// thread.
  boolean isOver(String stream) {
    if (!stream.startsWith("file/")) {
      return false;
    }
    try {
      long number = Long.parseLong(stream, 5, stream.length(), 10);
      return number > 0 && number <= highest && !unfinished.contains(number);
    } catch (NumberFormatException notOfOurs) {
      return false;
    }
  }

  /// Finds out what an earlier run left, and completes what a crash interrupted.
  void recover(InboxJournal journal, InboxEndings.Contents contents) throws IOException {
    claimed.clear();
    Map<InboxJournal.Claim, InboxJournal.Ending> ending = new LinkedHashMap<>();
    List<InboxJournal.Claim> gone = new ArrayList<>();
    for (InboxJournal.Open open : journal.open()) {
      if (open.ending().isPresent()) {
        ending.put(open.claim(), open.ending().get());
      } else if (isInWork(open.claim())) {
        claimed.add(open.claim());
      } else {
        gone.add(open.claim());
        LOG.warn("A claimed file is gone source={} name={}", source.name(), open.claim().name());
      }
    }
    if (!ending.isEmpty()) {
      endings.complete(journal, ending, InboxEndings.Reports.SOME_MAY_BE_WRITTEN, contents);
    }
    journal.ended(gone);
    claimed.forEach(claim -> unfinished.add(claim.number()));
    highest = journal.nextNumber() - 1;
  }

  /// Whether the file is in `work`, where it is put if the crash came before its rename.
  private boolean isInWork(InboxJournal.Claim claim) throws IOException {
    Path inWork = endings.inWork(claim);
    if (Files.exists(inWork, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    Path dropped = source.path().resolve(InboxFolder.decoded(claim.name()));
    if (!Files.isRegularFile(dropped, LinkOption.NOFOLLOW_LINKS)
        || !InboxFolder.stat(dropped).key().equals(claim.key())) {
      return false;
    }
    Companions.move(dropped, inWork);
    Files.move(dropped, inWork, StandardCopyOption.ATOMIC_MOVE);
    sync(Set.of(dropped.getParent()));
    return true;
  }

  /// @param left folders that files were taken from
  private void sync(Set<Path> left) throws IOException {
    InboxJournal.syncFolder(folder.work());
    for (Path from : left) {
      if (Files.exists(from)) { // its writer may have removed it
        InboxJournal.syncFolder(from);
      }
    }
  }

  /// Takes files that are ready. False when there are none.
  boolean take(InboxJournal journal) throws IOException {
    List<InboxFolder.Ready> ready = folder.ready(PER_ROUND);
    if (ready.isEmpty()) {
      return false;
    }
    List<InboxJournal.Claim> claims = new ArrayList<>();
    long number = journal.nextNumber();
    for (InboxFolder.Ready file : ready) {
      InboxFolder.Stat stat = file.stat();
      claims.add(
          new InboxJournal.Claim(
              number++,
              InboxFolder.encoded(file.name()),
              stat.size(),
              stat.mtimeMillis(),
              stat.key()));
    }
    journal.claim(claims);
    claims.forEach(claim -> unfinished.add(claim.number()));
    highest = number - 1;
    List<InboxJournal.Claim> gone = new ArrayList<>();
    Set<Path> left = new HashSet<>();
    for (int i = 0; i < claims.size(); i++) {
      Path name = ready.get(i).name();
      Path dropped = source.path().resolve(name);
      folder.forget(name);
      left.add(dropped.getParent());
      try {
        Companions.move(dropped, endings.inWork(claims.get(i)));
        Files.move(dropped, endings.inWork(claims.get(i)), StandardCopyOption.ATOMIC_MOVE);
      } catch (NoSuchFileException away) {
        gone.add(claims.get(i));
        LOG.warn(
            "A file went away before it was taken source={} name={}",
            source.name(),
            claims.get(i).name());
        continue;
      }
      if (source.ready() == FilesSource.Ready.MARKER) {
        Files.deleteIfExists(folder.marker(name));
      }
      claimed.add(claims.get(i));
    }
    if (!gone.isEmpty()) {
      journal.ended(gone);
      gone.forEach(this::finished);
    }
    sync(left);
    return true;
  }
}
