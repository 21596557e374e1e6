package io.millrace.app.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkFileSystemsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"nfs", "nfs4", "NFS", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs"})
  void folders_of_other_machines_are_unfit(String type) {
    assertThat(NetworkFileSystems.isUnfit(type)).isTrue();
    assertThat(NetworkFileSystems.isDoubtful(type)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "overlay",
        "tmpfs",
        "9p",
        "virtiofs",
        "fuse",
        "fuseblk",
        "fuse.fuse-overlayfs",
        "fuse.grpcfuse",
        "fakeowner",
        "apfs",
        "NTFS",
        "ceph"
      })
  void disks_containers_and_sandboxes_are_taken(String type) {
    assertThat(NetworkFileSystems.isUnfit(type)).isFalse();
  }

  @Test
  void a_folder_that_is_not_there_yet_lies_where_its_parent_lies() throws Exception {
    assertThat(NetworkFileSystems.typeOf(folder.resolve("a").resolve("b")))
        .contains(Files.getFileStore(folder).type());
  }
}
