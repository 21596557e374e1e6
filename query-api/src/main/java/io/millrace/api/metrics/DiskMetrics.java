package io.millrace.api.metrics;

import io.millrace.collection.Collections;
import io.millrace.snapshot.SnapshotFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Room on the disks that a server writes to: that of its data, and that of its snapshots where it
/// is another one.
public final class DiskMetrics {
  private DiskMetrics() {}

  /// @param isFull whether what adds data there is refused
  private record Volume(Path folder, boolean isFull) {
    /// Bytes that may still be written; 0 where the system does not tell.
    long free() {
      return existing(folder).toFile().getUsableSpace();
    }

    /// In bytes; 0 where the system does not tell.
    long size() {
      return existing(folder).toFile().getTotalSpace();
    }
  }

  public static void write(MetricsText text, Collections collections, SnapshotFolder snapshots) {
    List<Volume> volumes = new ArrayList<>();
    volumes.add(new Volume(collections.folder(), collections.isFull()));
    if (isOnAnotherVolume(snapshots.path(), collections.folder())) {
      volumes.add(new Volume(snapshots.path(), snapshots.isFull()));
    }
    text.family("millrace_disk_free_bytes", "gauge", "bytes that may still be written");
    for (Volume volume : volumes) {
      text.sample("millrace_disk_free_bytes", volume.free(), "path", volume.folder().toString());
    }
    text.family("millrace_disk_size_bytes", "gauge", "size of that disk");
    for (Volume volume : volumes) {
      text.sample("millrace_disk_size_bytes", volume.size(), "path", volume.folder().toString());
    }
    text.family(
        "millrace_disk_watermark",
        "gauge",
        "1 for a level that the use of the disk has reached; at reserve writes are refused");
    for (Volume volume : volumes) {
      watermarks(text, volume);
    }
  }

  /// Those of the alerts, and the one at which writes are refused.
  private static void watermarks(MetricsText text, Volume volume) {
    double free = (double) volume.free() / volume.size();
    watermark(text, volume, "85", free <= 0.15);
    watermark(text, volume, "90", free <= 0.10);
    watermark(text, volume, "reserve", volume.isFull());
  }

  private static void watermark(MetricsText text, Volume volume, String level, boolean isReached) {
    text.sample(
        "millrace_disk_watermark",
        isReached ? 1 : 0,
        "path",
        volume.folder().toString(),
        "level",
        level);
  }

  private static boolean isOnAnotherVolume(Path one, Path other) {
    try {
      return !Files.getAttribute(existing(one), "unix:dev")
          .equals(Files.getAttribute(existing(other), "unix:dev"));
    } catch (IOException | UnsupportedOperationException e) {
      return false; // who cannot tell shows the one that is known
    }
  }

  /// The folder that is there, for one that is made when it is first needed.
  private static Path existing(Path folder) {
    Path at = folder;
    while (at != null && !Files.exists(at)) {
      at = at.getParent();
    }
    return at == null ? folder : at;
  }
}
