package io.millrace.ingest.inbox;

import io.millrace.ingest.config.SourceConfig.FilesSource;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes files from `done/<day>` once the day is over for as long as `keep`. Their reports in
/// `reports.ndjson` stay, and so does what lies in `failed`. One thread.
final class DoneFiles {
  private static final Logger LOG = LoggerFactory.getLogger(DoneFiles.class);

  private final FilesSource source;
  private final Clock clock;
  private Optional<LocalDate> lookedOn = Optional.empty();

  DoneFiles(FilesSource source, Clock clock) {
    this.source = source;
    this.clock = clock;
  }

  /// Looks once a day; what cannot be deleted is tried again on the next one.
  void letGo() {
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    Path done = source.path().resolve("done");
    if (source.keep().isEmpty()
        || lookedOn.equals(Optional.of(today))
        || !Files.isDirectory(done, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    lookedOn = Optional.of(today);
    try (DirectoryStream<Path> days = Files.newDirectoryStream(done)) {
      for (Path day : days) {
        if (Files.isDirectory(day, LinkOption.NOFOLLOW_LINKS) && isOver(day)) {
          empty(day);
        }
      }
    } catch (IOException e) {
      LOG.warn("Old files could not be deleted source={} folder={}", source.name(), done, e);
    }
  }

  private boolean isOver(Path folder) {
    try {
      LocalDate day = LocalDate.parse(folder.getFileName().toString());
      return day.plusDays(1)
          .atStartOfDay(ZoneOffset.UTC)
          .plus(source.keep().orElseThrow())
          .toInstant()
          .isBefore(clock.instant());
    } catch (DateTimeException notOfOurs) {
      return false;
    }
  }

  private void empty(Path day) throws IOException {
    Path reports = day.resolve(InboxEndings.REPORTS);
    int[] deleted = {0};
    Files.walkFileTree(
        day,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.equals(reports) && Files.deleteIfExists(file)) {
              deleted[0]++;
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException why) throws IOException {
            if (why instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw why;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException why)
              throws IOException {
            try {
              Files.deleteIfExists(folder);
            } catch (DirectoryNotEmptyException hasReports) {
              // stays
            }
            return super.postVisitDirectory(folder, why);
          }
        });
    if (deleted[0] > 0) {
      LOG.info(
          "Files that were done are deleted source={} day={} files={}",
          source.name(),
          day.getFileName(),
          deleted[0]);
    }
  }
}
