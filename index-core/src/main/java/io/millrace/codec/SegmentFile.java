package io.millrace.codec;

import java.io.IOException;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.IOUtils;

/// A kind of file that a segment has: its content stands between Lucene's index header and a footer
/// with a checksum.
///
/// @param extension of its name
/// @param codec its name in the header
/// @param oldest version that is read
/// @param version written, and the newest one that is read
public record SegmentFile(String extension, String codec, int oldest, int version) {

  /// Read in one version only.
  public SegmentFile(String extension, String codec, int version) {
    this(extension, codec, version, version);
  }

  /// Takes in what a file says, from the header to before the footer.
  public interface Content {
    void read(IndexInput input, int version) throws IOException;
  }

  /// The same kind, read and written in that version only.
  public SegmentFile inVersion(int only) {
    return new SegmentFile(extension, codec, only);
  }

  /// A new file behind its header; whoever writes it ends it with [CodecUtil#writeFooter].
  public IndexOutput create(SegmentWriteState state) throws IOException {
    IndexOutput out =
        state.directory.createOutput(
            IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension),
            state.context);
    try {
      CodecUtil.writeIndexHeader(
          out, codec, version, state.segmentInfo.getId(), state.segmentSuffix);
      return out;
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(out);
      throw e;
    }
  }

  /// For reading by offsets: its two ends are checked, its checksum is not.
  public IndexInput open(SegmentReadState state) throws IOException {
    IndexInput input = state.directory.openInput(name(state), state.context);
    try {
      checkHeader(input, state);
      CodecUtil.retrieveChecksum(input);
      return input;
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(input);
      throw e;
    }
  }

  /// Reads all of it at once, after its checksum.
  public void readWhole(SegmentReadState state, Content content) throws IOException {
    try (IndexInput input = state.directory.openInput(name(state), IOContext.READONCE)) {
      CodecUtil.checksumEntireFile(input);
      content.read(input, checkHeader(input, state));
      long left = input.length() - CodecUtil.footerLength() - input.getFilePointer();
      if (left != 0) {
        throw new CorruptIndexException(left + " bytes too many before the footer", input);
      }
    }
  }

  private String name(SegmentReadState state) {
    return IndexFileNames.segmentFileName(state.segmentInfo.name, state.segmentSuffix, extension);
  }

  /// Lucene believes the length that it reads before the codec's name and takes memory for it, so
  /// that byte is looked at first.
  private int checkHeader(IndexInput input, SegmentReadState state) throws IOException {
    input.seek(Integer.BYTES);
    int length = input.readByte();
    if (length != codec.length()) {
      throw new CorruptIndexException("no name of a codec in the header", input);
    }
    input.seek(0);
    return CodecUtil.checkIndexHeader(
        input, codec, oldest, version, state.segmentInfo.getId(), state.segmentSuffix);
  }
}
