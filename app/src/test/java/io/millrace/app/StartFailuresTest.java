package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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

  @Test
  void a_data_folder_over_the_network_is_refused_with_what_allows_it() {
    assertThat(StartFailures.network(folder, Optional.of("nfs4")))
        .hasValueSatisfying(failure ->
            assertThat(failure)
                .hasMessage(
                    "the data folder "
                        + folder
                        + " lies on nfs4, a file system over the network, where acknowledged data"
                        + " may be lost; choose a disk of this machine by --data-dir, or allow it"
                        + " by --set storage.allow_network_file_system=true"));
    assertThat(StartFailures.network(folder, Optional.of("overlay"))).isEmpty();
    assertThat(StartFailures.network(folder, Optional.empty())).isEmpty();
  }
}
