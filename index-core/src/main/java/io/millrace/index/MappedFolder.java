package io.millrace.index;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.lucene.store.FSLockFactory;
import org.apache.lucene.store.MMapDirectory;

/// How folders of index files are opened.
public final class MappedFolder {
  /// A file is mapped in pieces of at most this: 1 TiB, so that the vector rows of a segment, which
  /// are searched in place, lie in one piece. Lucene's default is 16 GiB, ten million rows of 384
  /// components; past it rows would be copied to memory when a segment is opened.
  private static final long PIECE_BYTES = 1L << 40;

  private MappedFolder() {}

  public static MMapDirectory open(Path folder) throws IOException {
    return new MMapDirectory(folder, FSLockFactory.getDefault(), PIECE_BYTES);
  }
}
