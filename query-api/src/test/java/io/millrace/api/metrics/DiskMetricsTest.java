package io.millrace.api.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.frame.RealDisk;
import io.millrace.snapshot.SnapshotFolder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskMetricsTest {
  /// A volume of its own on Linux and macOS; nothing is written there.
  private static final Path ANOTHER_VOLUME = Path.of("/dev");

  @TempDir private Path folder;

  @Test
  void a_volume_of_the_snapshots_alone_has_room_of_its_own() {
    assertThat(samples(ANOTHER_VOLUME))
        .containsSubsequence(
            "millrace_disk_free_bytes{path=\"" + folder + "\"}",
            "millrace_disk_free_bytes{path=\"/dev\"}",
            "millrace_disk_size_bytes{path=\"" + folder + "\"}",
            "millrace_disk_size_bytes{path=\"/dev\"}",
            "millrace_disk_watermark{path=\"" + folder + "\",level=\"reserve\"}",
            "millrace_disk_watermark{path=\"/dev\",level=\"85\"}",
            "millrace_disk_watermark{path=\"/dev\",level=\"90\"}",
            "millrace_disk_watermark{path=\"/dev\",level=\"reserve\"}");
  }

  @Test
  void a_folder_that_is_not_there_yet_lies_on_the_volume_of_its_parent() {
    assertThat(samples(folder.resolve("of").resolve("snapshots")))
        .contains("millrace_disk_size_bytes{path=\"" + folder + "\"}")
        .hasSize(5);
    assertThat(samples(ANOTHER_VOLUME.resolve("not-there-yet"))).hasSize(10);
  }

  /// Without their values.
  private List<String> samples(Path snapshots) {
    MetricsText text = new MetricsText();
    try (Collections collections = Collections.open(folder, StoreSettings.defaults())) {
      DiskMetrics.write(text, collections, new SnapshotFolder(snapshots, new RealDisk()));
    }
    return text.toString()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .toList();
  }
}
