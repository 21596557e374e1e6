package io.millrace.frame;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Failure;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeSpaceTest {
  private static final int USED_BYTES = 900_000;

  @TempDir Path folder;
  private final FaultDisk disk = new FaultDisk();
  private FreeSpace space;

  @BeforeEach
  void fill() throws IOException {
    disk.createFolder(folder);
    try (Disk.AppendFile file = disk.create(folder.resolve("data"))) {
      file.append(new byte[USED_BYTES], 0, USED_BYTES);
    }
    space = new FreeSpace(disk, folder);
  }

  @Tag("R-31")
  @Test
  void what_can_wait_is_refused_from_the_watermark_on_until_five_points_are_free_again() {
    disk.setCapacity(1_020_000); // 88 %
    assertThatCode(space::checkWatermark).doesNotThrowAnyException();

    disk.setCapacity(1_000_000); // 90 %
    assertThatThrownBy(space::checkWatermark)
        .isInstanceOf(Failure.StorageFull.class)
        .hasMessage(
            "90% of the volume of "
                + folder
                + " are used: from 90% on no snapshots are made, until less than 85% are used");

    disk.setCapacity(1_050_000); // 85 %
    assertThatThrownBy(space::checkWatermark)
        .isInstanceOf(Failure.StorageFull.class)
        .hasMessageStartingWith("85% of the volume");

    disk.setCapacity(1_080_000); // 83 %
    assertThatCode(space::checkWatermark).doesNotThrowAnyException();
    disk.setCapacity(1_020_000);
    assertThatCode(space::checkWatermark).doesNotThrowAnyException();
  }
}
