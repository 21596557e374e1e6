package io.millrace.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealDiskTest {
  @TempDir private Path folder;

  @Test
  void room_is_that_of_the_volume_and_a_path_that_is_not_there_has_none_to_tell()
      throws IOException {
    RealDisk disk = new RealDisk();

    assertThat(disk.totalSpace(folder)).isEqualTo(Files.getFileStore(folder).getTotalSpace());
    assertThat(disk.freeSpace(folder)).isBetween(1L, disk.totalSpace(folder));
    assertThatThrownBy(() -> disk.freeSpace(folder.resolve("gone")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> disk.totalSpace(folder.resolve("gone")))
        .isInstanceOf(IOException.class);
  }
}
