package io.millrace.ingest.inbox;

import io.millrace.ingest.inbox.InboxJournal.Claim;
import io.millrace.ingest.inbox.InboxJournal.Ending;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Puts files that are read to their end into `done` or `failed`, many at once: what is decided
/// goes into the journal, then their contents are remembered, then the files are renamed, then
/// their reports are written, then the journal says that they are over. One fsync each, however
/// many files. One thread.
final class InboxEndings {
  /// A flush is due after so many files: its five fsyncs are then far less than the files' reading.
  private static final int MAX_FILES = 1_024;

  private static final long MAX_WAIT_NANOS = 200_000_000L;

  /// Where the last reports of an interrupted flush stand.
  private static final int TAIL_BYTES = 1 << 20;

  static final String REPORTS = "reports.ndjson";

  private final Path inbox;
  private final Path work;
  private final boolean keepsDone;
  private final Map<Claim, Ending> waiting = new LinkedHashMap<>();
  private final Set<String> names = new HashSet<>(); // taken by those that wait
  private final Set<String> folders = new HashSet<>(); // that they need
  private long sinceNanos;
  private boolean again;

  /// Remembers what files held that are done by decision, while they still lie in `work`. What it
  /// did is durable when it returns.
  interface Contents {
    void remember(Set<Claim> decided) throws IOException;
  }

  /// What an earlier try may have left.
  enum Reports {
    NONE_IS_WRITTEN,
    SOME_MAY_BE_WRITTEN
  }

  /// @param keepsDone false: files that are done are removed, their reports stay
  InboxEndings(Path inbox, Path work, boolean keepsDone) {
    this.inbox = inbox;
    this.work = work;
    this.keepsDone = keepsDone;
  }

  Path inWork(Claim claim) {
    return work.resolve(InboxFolder.workName(claim.number(), claim.name()));
  }

  void add(Claim claim, String day, boolean failed, InboxReport report) {
    String into = (failed ? "failed/" : "done/") + day;
    String as = freeName(into, claim);
    names.add(into + "/" + as);
    for (int at = as.indexOf('/'); at >= 0; at = as.indexOf('/', at + 1)) {
      folders.add(into + "/" + as.substring(0, at));
    }
    if (waiting.isEmpty()) {
      sinceNanos = System.nanoTime();
    }
    waiting.put(claim, new Ending(into, as, report.toJson(failed)));
  }

  /// Its own one with its sub-folders, unless something else has that.
  private String freeName(String into, Claim claim) {
    String name = claim.name();
    for (int at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
      String above = name.substring(0, at);
      Path path = path(into, above);
      if (names.contains(into + "/" + above)
          || Files.exists(path, LinkOption.NOFOLLOW_LINKS)
              && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        return name.substring(name.lastIndexOf('/') + 1) + "." + claim.number();
      }
    }
    boolean taken =
        name.equals(REPORTS)
            || names.contains(into + "/" + name)
            || folders.contains(into + "/" + name)
            || Files.exists(path(into, name), LinkOption.NOFOLLOW_LINKS);
    return taken ? name + "." + claim.number() : name;
  }

  private Path path(String into, String name) {
    return inbox.resolve(into).resolve(InboxFolder.decoded(name));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  boolean isDue() {
    return waiting.size() >= MAX_FILES
        || !waiting.isEmpty() && System.nanoTime() - sinceNanos >= MAX_WAIT_NANOS;
  }

  /// Returns what is over. After a failure the same files are tried again by the next call.
  Set<Claim> flush(InboxJournal journal, Contents contents) throws IOException {
    if (waiting.isEmpty()) {
      return Set.of();
    }
    Map<Claim, Ending> all = new LinkedHashMap<>(waiting);
    journal.ending(all);
    Reports reports = again ? Reports.SOME_MAY_BE_WRITTEN : Reports.NONE_IS_WRITTEN;
    again = true; // until it went well
    complete(journal, all, reports, contents);
    again = false;
    waiting.clear();
    names.clear();
    folders.clear();
    return all.keySet();
  }

  /// Everything behind the decision; may run again after a crash at any of its steps.
  void complete(InboxJournal journal, Map<Claim, Ending> endings, Reports before, Contents contents)
      throws IOException {
    Set<Claim> done = new HashSet<>();
    endings.forEach((claim, ending) -> {
      if (ending.isDone()) {
        done.add(claim);
      }
    });
    contents.remember(done);
    Map<Path, StringBuilder> reports = new TreeMap<>();
    Set<Path> changed = new HashSet<>(); // days
    Set<Path> filled = new HashSet<>(); // and their sub-folders
    for (Map.Entry<Claim, Ending> entry : endings.entrySet()) {
      Claim claim = entry.getKey();
      Ending ending = entry.getValue();
      Path into = inbox.resolve(ending.folder());
      if (changed.add(into)) {
        Files.createDirectories(into);
        cutTornReport(into.resolve(REPORTS));
      }
      Path ended = into.resolve(InboxFolder.decoded(ending.as()));
      for (Path sub = ended.getParent();
          sub != null && !sub.equals(into) && filled.add(sub);
          sub = sub.getParent()) {
        Files.createDirectories(sub);
      }
      Companions.move(inWork(claim), ended);
      if (!keepsDone && ending.isDone()) {
        Files.deleteIfExists(inWork(claim));
      } else if (Files.exists(inWork(claim), LinkOption.NOFOLLOW_LINKS)) {
        Files.move(inWork(claim), ended, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    filled.addAll(changed);
    for (Path one : filled) {
      InboxJournal.syncFolder(one);
    }
    InboxJournal.syncFolder(work);
    Map<Path, String> tails = new HashMap<>();
    for (Path into : changed) {
      tails.put(into, before == Reports.NONE_IS_WRITTEN ? "" : tail(into.resolve(REPORTS)));
    }
    for (Map.Entry<Claim, Ending> entry : endings.entrySet()) {
      Ending ending = entry.getValue();
      Path into = inbox.resolve(ending.folder());
      reports
          .computeIfAbsent(into.resolve(REPORTS), file -> new StringBuilder())
          .append(missing(tails.getOrDefault(into, ""), entry.getKey(), ending));
      writeOwnReport(into, entry.getKey(), ending);
    }
    for (Map.Entry<Path, StringBuilder> lines : reports.entrySet()) {
      append(lines.getKey(), lines.getValue().toString());
    }
    journal.ended(List.copyOf(endings.keySet()));
  }

  /// The report as a line, or nothing if it is among the last ones already.
  private static String missing(String tail, Claim claim, Ending ending) {
    return tail.contains("{\"number\":" + claim.number() + ",") ? "" : ending.report() + "\n";
  }

  /// A file with something refused has its report beside it too.
  private static void writeOwnReport(Path into, Claim claim, Ending ending) throws IOException {
    if (ending.report().contains("\"first_failure\"") || ending.report().contains("\"code\"")) {
      String name = ending.as().length() > 100 ? "" + claim.number() : ending.as();
      Path own = into.resolve(InboxFolder.decoded(name) + ".report.json");
      Files.writeString(own, ending.report() + "\n");
    }
  }

  private static String tail(Path reports) throws IOException {
    if (!Files.exists(reports)) {
      return "";
    }
    try (FileChannel in = FileChannel.open(reports, StandardOpenOption.READ)) {
      long from = Math.max(0, in.size() - TAIL_BYTES);
      ByteBuffer bytes = ByteBuffer.allocate((int) (in.size() - from));
      while (bytes.hasRemaining() && in.read(bytes, from + bytes.position()) > 0) {
        // reads on
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }
  }

  private static void cutTornReport(Path reports) throws IOException {
    String tail = tail(reports);
    if (!tail.isEmpty() && !tail.endsWith("\n")) {
      try (FileChannel out = FileChannel.open(reports, StandardOpenOption.WRITE)) {
        out.truncate(out.size() - (tail.length() - 1 - tail.lastIndexOf('\n')));
      }
    }
  }

  private static void append(Path file, String lines) throws IOException {
    if (lines.isEmpty()) {
      return;
    }
    try (FileChannel out =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
      ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }
}
