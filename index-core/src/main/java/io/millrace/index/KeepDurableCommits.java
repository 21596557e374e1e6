package io.millrace.index;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexDeletionPolicy;

/// Keeps the newest commit, which readers of another process open, and the newest durable one,
/// which a start goes from. Older ones go.
final class KeepDurableCommits extends IndexDeletionPolicy {
  @Override
  public void onInit(List<? extends IndexCommit> commits) throws IOException {
    onCommit(commits);
  }

  @Override
  public void onCommit(List<? extends IndexCommit> commits) throws IOException {
    boolean durableKept = false;
    for (int i = commits.size() - 1; i >= 0; i--) {
      IndexCommit commit = commits.get(i);
      boolean durable = CommitData.fromMap(commit.getUserData()).durable();
      boolean keep = i == commits.size() - 1 || (durable && !durableKept);
      durableKept |= durable;
      if (!keep) {
        commit.delete();
      }
    }
  }
}
