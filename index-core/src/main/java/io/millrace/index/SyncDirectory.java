package io.millrace.index;

import java.io.IOException;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;

/// A directory whose fsyncs can be left out for one commit: a publication for another process needs
/// its files to be visible, not to survive a power cut.
final class SyncDirectory extends FilterDirectory {
  private volatile boolean syncing = true;

  SyncDirectory(Directory in) {
    super(in);
  }

  void setSyncing(boolean syncing) {
    this.syncing = syncing;
  }

  @Override
  public void sync(java.util.Collection<String> names) throws IOException {
    if (syncing) {
      super.sync(names);
    }
  }

  @Override
  public void syncMetaData() throws IOException {
    if (syncing) {
      super.syncMetaData();
    }
  }
}
