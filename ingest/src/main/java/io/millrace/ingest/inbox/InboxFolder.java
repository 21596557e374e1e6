package io.millrace.ingest.inbox;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder and the files in it, or in its sub-folders too, that are ready to be taken. One
/// thread.
///
/// A scan looks at the smallest names only, so that a folder of a million files costs the memory of
/// some thousand. Nothing is opened and no link is followed.
final class InboxFolder {
  private static final Logger LOG = LoggerFactory.getLogger(InboxFolder.class);

  /// Names looked at per scan, in byte order.
  private static final int WINDOW = 16_384;

  /// Sub-folders in sub-folders; what lies deeper is left alone.
  private static final int MAX_DEPTH = 32;

  private static final Path ROOT = Path.of("/");
  private static final String OURS = ".millrace";
  private static final Path DONE = Path.of("done");
  private static final Path FAILED = Path.of("failed");

  /// Without the names of owner and group, which cost more than all the others.
  private static final String LOOKED_AT =
      "unix:isDirectory,isRegularFile,nlink,size,lastModifiedTime,fileKey";

  /// Endings of files that somebody is still writing.
  private static final List<String> UNFINISHED =
      List.of("~", ".tmp", ".part", ".filepart", ".crdownload", ".swp");

  private final FilesSource source;
  private final Path path;
  private final Map<Path, Seen> seen = new HashMap<>();
  private final Set<Path> warned = new HashSet<>();
  private final TreeSet<Path> window = new TreeSet<>(); // of the last look, not yet looked into
  private long notFiles;

  /// What `lstat` says of a file.
  record Stat(long size, long mtimeMillis, String key) {}

  private record Seen(Stat stat, long sinceNanos) {}

  /// @param name relative to the inbox
  record Ready(Path name, Stat stat) {}

  InboxFolder(FilesSource source) {
    this.source = source;
    this.path = source.path();
  }

  Path work() {
    return path.resolve(OURS).resolve("work");
  }

  /// Makes the folders of ours, and checks that a rename between them is one.
  void prepare() throws IOException {
    Files.createDirectories(work());
    FileStore inbox = Files.getFileStore(path);
    FileStore inside = Files.getFileStore(work());
    if (!inbox.equals(inside)) {
      throw new IOException("The inbox " + path + " and " + work() + " are on two file systems");
    }
  }

  /// Links, pipes and the like that were met and left alone.
  long notFiles() {
    return notFiles;
  }

  /// At most `limit` files that are ready, in the byte order of their names. One look at the folder
  /// serves several calls.
  List<Ready> ready(int limit) throws IOException {
    if (window.isEmpty()) {
      look();
    }
    List<Ready> ready = new ArrayList<>();
    long now = System.nanoTime();
    while (!window.isEmpty() && ready.size() < limit) {
      Path name = window.pollFirst();
      Optional<Stat> stat = statOfFile(name);
      if (stat.isPresent() && isReady(name, stat.get(), now)) {
        ready.add(new Ready(name, stat.get()));
      }
    }
    return ready;
  }

  private void look() throws IOException {
    Set<Path> unusable = new HashSet<>();
    if (source.recursive()) {
      Files.walkFileTree(path, Set.of(), MAX_DEPTH, new Tree(unusable));
    } else {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
        for (Path entry : entries) {
          add(entry.getFileName());
        }
      }
    }
    seen.keySet().retainAll(window);
    warned.removeIf(name -> !window.contains(name) && !unusable.contains(name));
  }

  /// @param name relative to the inbox
  private void add(Path name) {
    if (isCandidate(name)) {
      window.add(name);
      if (window.size() > WINDOW) {
        window.pollLast();
      }
    }
  }

  /// Sub-folders but for those of ours, hidden ones, inboxes of their own, and what no rename can
  /// reach.
  private final class Tree extends SimpleFileVisitor<Path> {
    private final Object device = Files.getAttribute(path, "unix:dev");
    private final Set<Path> unusable; // folders that were warned of

    Tree(Set<Path> unusable) throws IOException {
      this.unusable = unusable;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      Path name = path.relativize(folder);
      if (folder.equals(path)) {
        return FileVisitResult.CONTINUE;
      }
      if (isHidden(folder.getFileName().toString()) || isOurs(name)) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      if (Files.exists(folder.resolve(OURS), LinkOption.NOFOLLOW_LINKS)) {
        return leave(name, "It is an inbox of its own");
      }
      return device.equals(Files.getAttribute(folder, "unix:dev", LinkOption.NOFOLLOW_LINKS))
          ? FileVisitResult.CONTINUE
          : leave(name, "It is on another file system");
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      add(path.relativize(file));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException why) throws IOException {
      if (file.equals(path)) {
        throw why;
      }
      return why instanceof NoSuchFileException
          ? FileVisitResult.CONTINUE
          : leave(path.relativize(file), String.valueOf(why));
    }

    private FileVisitResult leave(Path name, String why) {
      unusable.add(name);
      var unused = refused(name, why);
      return FileVisitResult.SKIP_SUBTREE;
    }
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }

  private static boolean isOurs(Path name) {
    return name.equals(DONE) || name.equals(FAILED);
  }

  private boolean isCandidate(Path relative) {
    String name = relative.getFileName().toString();
    if (isHidden(name) || Companions.isOne(name) || isOurs(relative)) {
      return false;
    }
    for (String ending : UNFINISHED) {
      if (name.endsWith(ending)) {
        return false;
      }
    }
    return source.ready() == FilesSource.Ready.SETTLED || !name.endsWith(".done");
  }

  private boolean isReady(Path name, Stat stat, long now) {
    if (source.ready() == FilesSource.Ready.MARKER) {
      return Files.isRegularFile(marker(name), LinkOption.NOFOLLOW_LINKS);
    }
    Seen before = seen.get(name);
    if (before == null || !before.stat().equals(stat)) {
      seen.put(name, new Seen(stat, now));
      return source.settle().isZero();
    }
    return Duration.ofNanos(now - before.sinceNanos()).compareTo(source.settle()) >= 0;
  }

  /// The file that says that another one is finished.
  Path marker(Path name) {
    return path.resolve(name + ".done");
  }

  /// Names that were seen and not yet looked into; a lower bound of what waits.
  int waiting() {
    return window.size();
  }

  void forget(Path name) {
    seen.remove(name);
  }

  /// Empty for what is no regular file of its own, which is left in place and warned of once.
  private Optional<Stat> statOfFile(Path name) throws IOException {
    Map<String, Object> attributes;
    try {
      attributes = Files.readAttributes(path.resolve(name), LOOKED_AT, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    }
    if (Boolean.TRUE.equals(attributes.get("isDirectory"))) {
      return Optional.empty();
    }
    if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
      return refused(name, "It is a link, pipe, socket or device");
    }
    if (!source.allowHardLinks() && attributes.get("nlink") instanceof Integer links && links > 1) {
      return refused(name, "It has " + links + " names (hard links)");
    }
    if (binding(name.toString()).isEmpty()) {
      return refused(name, "No binding of the source takes its name");
    }
    return attributes.get("size") instanceof Long size
            && attributes.get("lastModifiedTime") instanceof FileTime modified
        ? Optional.of(
            new Stat(size, modified.toMillis(), String.valueOf(attributes.get("fileKey"))))
        : Optional.empty();
  }

  private Optional<Stat> refused(Path name, String why) {
    if (warned.add(name)) {
      notFiles++;
      LOG.warn(
          "An entry of the inbox is left alone source={} name={} why={}",
          source.name(),
          encoded(name),
          why);
    }
    return Optional.empty();
  }

  /// The first binding that takes the name, with or without the ending of a compression.
  Optional<Binding> binding(String dropped) {
    String name = given(source, dropped);
    String plain = withoutCompression(name);
    return source.bindings().stream()
        .filter(binding -> binding.matches(name) || binding.matches(plain))
        .findFirst();
  }

  /// The name as its writer gave it.
  static String given(FilesSource source, String dropped) {
    return source.isSpool() ? dropped.substring(dropped.indexOf('-') + 1) : dropped;
  }

  static String withoutCompression(String name) {
    return name.endsWith(".gz")
        ? name.substring(0, name.length() - 3)
        : name.endsWith(".zst") ? name.substring(0, name.length() - 4) : name;
  }

  static Stat stat(Path file) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return new Stat(
        attributes.size(),
        attributes.lastModifiedTime().toMillis(),
        String.valueOf(attributes.fileKey()));
  }

  /// The name, relative to the inbox, as segments of a URI: any bytes survive, and no control
  /// character is left.
  static String encoded(Path name) {
    String raw = ROOT.resolve(name).toUri().getRawPath();
    return raw.substring(1, raw.endsWith("/") ? raw.length() - 1 : raw.length());
  }

  static Path decoded(String encoded) {
    return ROOT.relativize(Path.of(URI.create("file:///" + encoded)));
  }

  /// Name in `work`: the number tells the file, the rest is for people.
  static String workName(long number, String encoded) {
    StringBuilder safe = new StringBuilder();
    for (int i = 0; i < Math.min(encoded.length(), 100); i++) {
      char c = encoded.charAt(i);
      boolean plain =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || ".%_-".indexOf(c) >= 0;
      safe.append(plain ? c : '_');
    }
    return number + "-" + safe;
  }
}
