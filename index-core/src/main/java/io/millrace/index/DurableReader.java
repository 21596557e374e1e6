package io.millrace.index;

import java.io.IOException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexNotFoundException;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.StandardDirectoryReader;
import org.apache.lucene.store.Directory;

/// An index as of the commit that a start goes from, for who only reads.
public final class DurableReader {
  private DurableReader() {}

  /// Changes nothing in the folder. Throws where there is no such commit, or a file of it cannot be
  /// read.
  public static DirectoryReader open(Directory directory) throws IOException {
    SegmentInfos commit =
        Commits.readNewestDurable(directory)
            .orElseThrow(
                () -> new IndexNotFoundException("no durable commit can be read in " + directory));
    return StandardDirectoryReader.open(directory, commit, null, null, null);
  }
}
