package io.millrace.app;

import io.millrace.api.metrics.MetricsText;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.collection.Progress;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How far each collection is and what it takes on disk, for Prometheus.
final class CollectionMetrics {
  private CollectionMetrics() {}

  private record Row(String name, long uid, CollectionInfo info, Progress progress) {}

  static void write(MetricsText text, Collections collections) {
    var rows = new ArrayList<Row>();
    for (String name : collections.names()) {
      collections
          .find(name)
          .ifPresent(c -> rows.add(new Row(name, c.uid(), c.info(), progress(c))));
    }
    text.family("millrace_collection_status", "gauge", "1 for the state that the collection is in");
    for (Row row : rows) {
      for (CollectionInfo.Status status : CollectionInfo.Status.values()) {
        text.sample(
            "millrace_collection_status",
            row.info().status() == status ? 1 : 0,
            "collection",
            row.name(),
            "status",
            status.name().toLowerCase(Locale.ROOT));
      }
    }
    text.family(
        "millrace_sequence", "gauge", "last operation that is logged, searchable, committed");
    for (Row row : rows) {
      stage(text, row.name(), "logged", row.progress().logged());
      stage(text, row.name(), "searchable", row.progress().searchable());
      stage(text, row.name(), "committed", row.progress().committed());
    }
    text.family("millrace_segments", "gauge", "segments of the index");
    rows.forEach(
        row -> text.sample("millrace_segments", row.info().segments(), "collection", row.name()));
    text.family("millrace_indexed_vectors", "gauge", "vectors in segments that have a graph");
    rows.forEach(row ->
        text.sample(
            "millrace_indexed_vectors", row.info().indexedVectors(), "collection", row.name()));
    text.family("millrace_disk_bytes", "gauge", "bytes of files of the collection");
    for (Row row : rows) {
      Path folder = collections.folder().resolve("collections").resolve(Long.toString(row.uid()));
      for (String part : List.of("log", "index")) {
        text.sample(
            "millrace_disk_bytes",
            bytes(folder.resolve(part)),
            "collection",
            row.name(),
            "part",
            part);
      }
    }
  }

  /// A red collection has none.
  private static Progress progress(Collection collection) {
    try {
      return collection.progress();
    } catch (RuntimeException red) {
      return new Progress(-1, -1, -1);
    }
  }

  private static void stage(MetricsText text, String collection, String stage, long sequence) {
    text.sample("millrace_sequence", sequence, "collection", collection, "stage", stage);
  }

  /// Files may go while they are counted.
  private static long bytes(Path folder) {
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        bytes += size(file);
      }
    } catch (IOException gone) {
      return bytes;
    }
    return bytes;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException gone) {
      return 0;
    }
  }
}
