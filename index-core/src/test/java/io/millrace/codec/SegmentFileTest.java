package io.millrace.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.CodecUtil;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.SegmentInfo;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.util.InfoStream;
import org.apache.lucene.util.StringHelper;
import org.apache.lucene.util.Version;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SegmentFileTest {
  private static final String NAME = "_0_s.xyz";

  private final SegmentFile kind = new SegmentFile("xyz", "Letters", 3);
  private final Directory directory = new ByteBuffersDirectory();
  private final SegmentInfo segment =
      new SegmentInfo(
          directory,
          Version.LATEST,
          Version.LATEST,
          "_0",
          1,
          false,
          false,
          Codec.getDefault(),
          Map.of(),
          StringHelper.randomId(),
          Map.of(),
          null);
  private final SegmentReadState reading =
      new SegmentReadState(directory, segment, FieldInfos.EMPTY, IOContext.DEFAULT, "s");

  @BeforeEach
  void write() throws IOException {
    SegmentWriteState writing =
        new SegmentWriteState(
            InfoStream.NO_OUTPUT,
            directory,
            segment,
            FieldInfos.EMPTY,
            null,
            IOContext.DEFAULT,
            "s");
    try (IndexOutput out = kind.create(writing)) {
      out.writeInt(41);
      out.writeInt(42);
      CodecUtil.writeFooter(out);
    }
  }

  private byte[] bytes() throws IOException {
    try (IndexInput in = directory.openInput(NAME, IOContext.DEFAULT)) {
      byte[] all = new byte[(int) in.length()];
      in.readBytes(all, 0, all.length);
      return all;
    }
  }

  private void replace(byte[] all, int length) throws IOException {
    directory.deleteFile(NAME);
    try (IndexOutput out = directory.createOutput(NAME, IOContext.DEFAULT)) {
      out.writeBytes(all, length);
    }
  }

  @Test
  void what_was_written_is_read_from_behind_the_header() throws IOException {
    try (IndexInput in = kind.open(reading)) {
      in.seek(CodecUtil.indexHeaderLength("Letters", "s"));
      assertThat(in.readInt()).isEqualTo(41);
    }
    kind.readWhole(
        reading,
        (in, version) -> {
          assertThat(version).isEqualTo(3);
          assertThat(in.readInt()).isEqualTo(41);
          assertThat(in.readInt()).isEqualTo(42);
        });
  }

  @Test
  void files_of_another_kind_or_version_are_refused() {
    assertThatThrownBy(() -> new SegmentFile("xyz", "Numbers", 3).open(reading))
        .isInstanceOf(CorruptIndexException.class);
    assertThatThrownBy(
            () -> new SegmentFile("xyz", "Letters", 2).readWhole(reading, (in, version) -> {}))
        .isInstanceOf(IndexFormatTooNewException.class);
  }

  @Test
  void a_file_that_was_cut_is_not_opened() throws IOException {
    byte[] all = bytes();
    replace(all, all.length - 1);

    assertThatThrownBy(() -> kind.open(reading)).isInstanceOf(CorruptIndexException.class);
  }

  @Test
  void several_versions_are_read_and_one_can_be_asked_for() throws IOException {
    SegmentFile later = new SegmentFile("xyz", "Letters", 2, 4);
    later.open(reading).close();
    later.inVersion(3).open(reading).close();

    assertThatThrownBy(() -> later.inVersion(4).open(reading))
        .isInstanceOf(IndexFormatTooOldException.class);
  }

  @Test
  void a_wrong_checksum_is_found_before_the_content_is_believed() throws IOException {
    byte[] all = bytes();
    all[all.length - CodecUtil.footerLength() - 1] ^= 1;
    replace(all, all.length);

    assertThatThrownBy(() ->
            kind.readWhole(
                reading,
                (in, version) -> {
                  throw new AssertionError("read");
                }))
        .isInstanceOf(CorruptIndexException.class)
        .hasMessageContaining("checksum failed");
  }

  @Test
  void content_that_is_not_read_to_its_end_is_damage() {
    assertThatThrownBy(() -> kind.readWhole(reading, (in, version) -> in.readInt()))
        .isInstanceOf(CorruptIndexException.class)
        .hasMessageContaining("4 bytes too many");
  }

  @Test
  void any_byte_of_the_header_may_be_wrong() throws IOException {
    byte[] whole = bytes();
    for (int at = 0; at < CodecUtil.indexHeaderLength("Letters", "s"); at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] all = whole.clone();
        all[at] ^= (byte) (1 << bit);
        replace(all, all.length);
        assertThatThrownBy(() -> kind.open(reading))
            .as("bit %d of byte %d", bit, at)
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void a_long_length_in_the_header_takes_no_memory() throws IOException {
    byte[] all = bytes();
    for (int last : new int[] {0x07, 0x7f}) { // 2 GiB, and a negative number
      Arrays.fill(all, Integer.BYTES, Integer.BYTES + 4, (byte) 0xff);
      all[Integer.BYTES + 4] = (byte) last;
      replace(all, all.length);
      assertThatThrownBy(() -> kind.open(reading)).isInstanceOf(CorruptIndexException.class);
    }
  }
}
