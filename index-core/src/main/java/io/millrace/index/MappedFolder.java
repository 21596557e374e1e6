package io.millrace.index;

import io.millrace.codec.MillraceVectorsFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.lucene.store.DataAccessHint;
import org.apache.lucene.store.FSLockFactory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.ReadAdvice;

/// How folders of index files are opened.
public final class MappedFolder {
  /// A file is mapped in pieces of at most this: 1 TiB, so that the vector rows of a segment, which
  /// are searched in place, lie in one piece. Lucene's default is 16 GiB, ten million rows of 384
  /// components; past it rows would be copied to memory when a segment is opened.
  private static final long PIECE_BYTES = 1L << 40;

  private MappedFolder() {}

  public static MMapDirectory open(Path folder) throws IOException {
    MMapDirectory directory = new MMapDirectory(folder, FSLockFactory.getDefault(), PIECE_BYTES);
    directory.setReadAdvice(
        (file, context) -> MillraceVectorsFormat.isOurs(file) ? advice(context) : Optional.empty());
    return directory;
  }

  /// What the reader of a vector file asks for. Lucene's own files are left to the system.
  private static Optional<ReadAdvice> advice(IOContext context) {
    if (context.hints().contains(DataAccessHint.RANDOM)) {
      return Optional.of(ReadAdvice.RANDOM);
    }
    return context.hints().contains(DataAccessHint.SEQUENTIAL)
        ? Optional.of(ReadAdvice.SEQUENTIAL)
        : Optional.empty();
  }
}
