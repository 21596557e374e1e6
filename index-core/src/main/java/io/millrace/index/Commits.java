package io.millrace.index;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which of the commits in a folder a start goes from.
///
/// After a loss of power the newest commits may be publications: written for another process, never
/// forced, and so whole, torn or empty. A start goes from the newest durable one and sees the
/// others not at all.
final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

  /// Put before the names of files where a commit cannot be read that may have been durable: Lucene
  /// ignores them, and nothing is lost for who looks into it.
  static final String UNREADABLE = "unreadable-";

  private Commits() {}

  /// The name of the newest durable commit's file. Commits that are newer are removed. Empty in a
  /// folder that a crash left before its first durable commit: the log has everything then, and
  /// whoever replays it finds out if it has not. Throws where a commit may be whole but cannot be
  /// read now, or is of a newer format: nothing is changed then.
  static Optional<String> newestDurable(Directory directory) throws IOException {
    Found found = look(directory);
    if (found.durable().isPresent()) {
      for (String file : found.newer()) {
        directory.deleteFile(file);
      }
      for (String file : found.unreadable()) {
        directory.deleteFile(file);
      }
    } else if (!found.unreadable().isEmpty()) {
      putAside(directory);
    }
    return found.durable().map(SegmentInfos::getSegmentsFileName);
  }

  /// The newest durable commit that can be read. Changes nothing.
  static Optional<SegmentInfos> readNewestDurable(Directory directory) throws IOException {
    return look(directory).durable();
  }

  /// @param durable the newest one
  /// @param newer names of those that are whole and not durable
  /// @param unreadable names of those before it that cannot be read
  private record Found(
      Optional<SegmentInfos> durable, List<String> newer, List<String> unreadable) {}

  private static Found look(Directory directory) throws IOException {
    List<String> newer = new ArrayList<>();
    List<String> unreadable = new ArrayList<>();
    for (String name : newestFirst(directory)) {
      try {
        SegmentInfos commit = read(directory, name);
        if (CommitData.fromMap(commit.getUserData()).durable()) {
          return new Found(Optional.of(commit), newer, unreadable);
        }
        newer.add(name);
      } catch (CorruptIndexException
          | EOFException
          | NoSuchFileException
          | FileNotFoundException e) {
        LOG.warn("a commit cannot be read file={} folder={} why={}", name, directory, e.toString());
        unreadable.add(name);
      }
    }
    return new Found(Optional.empty(), newer, unreadable);
  }

  /// With what they hold on to, which a new index would remove.
  private static void putAside(Directory directory) throws IOException {
    for (String file : directory.listAll()) {
      if (!file.startsWith(UNREADABLE) && !file.equals(IndexWriter.WRITE_LOCK_NAME)) {
        directory.rename(file, UNREADABLE + file);
      }
    }
  }

  /// Asks for the checksum first: Lucene takes as much memory as the lengths say that it reads.
  private static SegmentInfos read(Directory directory, String name) throws IOException {
    try (IndexInput whole = directory.openInput(name, IOContext.READONCE)) {
      CodecUtil.checksumEntireFile(whole);
    }
    return SegmentInfos.readCommit(directory, name);
  }

  private static List<String> newestFirst(Directory directory) throws IOException {
    List<String> names = new ArrayList<>();
    for (String name : directory.listAll()) {
      if (name.startsWith(IndexFileNames.SEGMENTS + "_")) {
        names.add(name);
      }
    }
    names.sort(Comparator.comparingLong(SegmentInfos::generationFromSegmentsFileName).reversed());
    return names;
  }
}
