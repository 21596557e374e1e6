package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartFailuresTest {
  @TempDir private Path folder;

  @Test
  void a_user_without_a_name_is_told_by_number() throws IOException {
    Path self = Path.of("/proc/self");
    assumeTrue(Files.exists(self), "skipped: no /proc on this system");
    String name = System.getProperty("user.name");
    System.setProperty("user.name", "?");
    try {
      assertThat(StartFailures.dataFolder(folder, new AccessDeniedException("LOCK")))
          .hasMessage(
              "the data folder "
                  + folder
                  + " is not writable for user "
                  + Files.getAttribute(self, "unix:uid")
                  + "; change its owner or choose another by --data-dir");
    } finally {
      System.setProperty("user.name", name);
    }
  }
}
