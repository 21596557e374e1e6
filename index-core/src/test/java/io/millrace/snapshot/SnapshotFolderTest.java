package io.millrace.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.frame.Disk;
import io.millrace.frame.FaultDisk;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFolderTest {
  @TempDir Path folder;

  @Tag("R-31")
  @Test
  void a_volume_that_is_nearly_full_gets_no_snapshots() throws IOException {
    FaultDisk disk = new FaultDisk();
    disk.createFolder(folder);
    try (Disk.AppendFile file = disk.create(folder.resolve("data"))) {
      file.append(new byte[898], 0, 898);
    }
    disk.setCapacity(993);
    SnapshotFolder snapshots = new SnapshotFolder(folder, disk);

    assertThatThrownBy(() ->
            snapshots.create(
                new Scope.OfCollection("c"),
                Instant.parse("2026-01-31T12:00:00Z"),
                0,
                out -> out.write(1)))
        .isInstanceOf(Failure.StorageFull.class)
        .hasMessageStartingWith("90% of the volume of " + folder);
    assertThat(disk.exists(folder.resolve("c/c-0-2026-01-31-12-00-00.snapshot.part"))).isFalse();
  }
}
