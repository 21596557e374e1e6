package io.millrace.codec;

import java.io.IOException;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.codecs.StoredFieldsReader;
import org.apache.lucene.codecs.StoredFieldsWriter;
import org.apache.lucene.codecs.compressing.CompressionMode;
import org.apache.lucene.codecs.lucene90.compressing.Lucene90CompressingStoredFieldsFormat;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;

/// Stored fields in chunks of 4 KiB and at most 64 documents, each compressed by itself. Reading
/// one document means unpacking its chunk up to the document; hits are scattered, so with Lucene's
/// own chunks of 80 KiB the payloads of ten hits cost as much as finding them.
///
/// Chunks were of 8 KiB before: files tell the size of theirs. Older segments have no [#ATTRIBUTE]
/// and are read by the format given.
final class SmallChunks extends StoredFieldsFormat {
  private static final String ATTRIBUTE = "millrace.stored_fields";
  private static final String VERSION = "1";
  private static final int CHUNK_BYTES = 4 << 10;
  private static final int CHUNK_DOCUMENTS = 64;

  /// Chunks per block of the index of chunks, as 2^n: Lucene's own number.
  private static final int BLOCK_SHIFT = 10;

  private final StoredFieldsFormat chunks;
  private final StoredFieldsFormat before;

  SmallChunks(StoredFieldsFormat before) {
    this(before, CHUNK_BYTES);
  }

  SmallChunks(StoredFieldsFormat before, int chunkBytes) {
    this.before = before;
    this.chunks =
        new Lucene90CompressingStoredFieldsFormat(
            "MillraceStoredFields", CompressionMode.FAST, chunkBytes, CHUNK_DOCUMENTS, BLOCK_SHIFT);
  }

  @Override
  public StoredFieldsReader fieldsReader(
      Directory directory, SegmentInfo segment, FieldInfos fields, IOContext context)
      throws IOException {
    String version = segment.getAttribute(ATTRIBUTE);
    StoredFieldsFormat format = version == null ? before : chunks;
    if (version != null && !version.equals(VERSION)) {
      throw new IOException(
          "segment "
              + segment.name
              + " has stored fields of version "
              + version
              + ", not "
              + VERSION);
    }
    return format.fieldsReader(directory, segment, fields, context);
  }

  @Override
  public StoredFieldsWriter fieldsWriter(
      Directory directory, SegmentInfo segment, IOContext context) throws IOException {
    segment.putAttribute(ATTRIBUTE, VERSION);
    return chunks.fieldsWriter(directory, segment, context);
  }
}
