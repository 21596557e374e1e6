package io.millrace.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FrameTest {
  private static final FileKind KIND = new FileKind("TEST", 3);
  private static final Path FILE = Path.of("/f");

  @Test
  void a_frame_has_the_bytes_of_its_table() { // checksum from a second implementation
    assertThat(hex(Frame.encode(bytes(0x0A, 0x01)))).isEqualTo("02000000" + "1cac9cc4" + "0a01");
  }

  @Test
  void a_header_has_the_bytes_of_its_table() {
    assertThat(hex(KIND.header(0x0102030405060708L)))
        .isEqualTo("54455354" + "03000000" + "0807060504030201");
  }

  @Test
  void zeros_are_no_frame() {
    for (int n = 0; n < 64; n++) {
      assertThat(Frame.isValid(new byte[n], 0, n)).isFalse();
    }
  }

  @Test
  void a_body_is_neither_empty_nor_larger_than_64_MiB() {
    assertThatThrownBy(() -> Frame.encode(new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Frame.seal(new byte[Frame.HEAD_BYTES + Frame.MAX_BODY_BYTES + 1]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void every_bit_of_a_frame_counts() {
    byte[] frame = Frame.encode(bytes(1, 2, 3, 4, 5));
    assertThat(Frame.isValid(frame, 0, frame.length)).isTrue();
    for (int bit = 0; bit < 8 * frame.length; bit++) {
      byte[] flipped = frame.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(Frame.isValid(flipped, 0, flipped.length)).as("bit " + bit).isFalse();
    }
  }

  @Test
  void frames_of_all_sizes_come_back_as_they_were() throws Exception {
    FaultDisk disk = new FaultDisk();
    List<byte[]> bodies = new ArrayList<>();
    SplittableRandom r = new SplittableRandom(1);
    for (int n : new int[] {1, 2, 7, 8, 9, 100, (1 << 20) - 8, 1 << 20, (1 << 20) + 1, 3_000_000}) {
      byte[] body = new byte[n];
      r.nextBytes(body);
      bodies.add(body);
    }
    disk.put(FILE, file(7, bodies));

    try (FrameReader reader = FrameReader.open(disk, FILE, KIND)) {
      assertThat(reader.firstSequence()).hasValue(7);
      for (byte[] body : bodies) {
        assertThat(reader.next()).isTrue();
        assertThat(body(reader)).isEqualTo(body);
      }
      assertThat(reader.next()).isFalse();
      assertThat(reader.next()).isFalse();
      assertThat(reader.fault()).isEmpty();
      assertThat(reader.end((b, at, n, offset) -> offset).tornBytes()).isZero();
    }
  }

  @Test
  void a_file_of_a_newer_format_is_refused_with_both_numbers() throws Exception {
    FaultDisk disk = new FaultDisk();
    disk.put(FILE, new FileKind("TEST", 4).header(0));

    assertThatThrownBy(() -> FrameReader.open(disk, FILE, KIND))
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("/f has format version 4")
        .hasMessageContaining("reads up to 3");
  }

  @Test
  void a_bad_header_is_torn_in_a_file_without_frames_and_damage_in_one_with_some()
      throws Exception {
    FaultDisk disk = new FaultDisk();
    for (int length = 0; length <= FileKind.HEADER_BYTES; length++) {
      disk.put(FILE, new byte[length]);
      try (FrameReader reader = FrameReader.open(disk, FILE, KIND)) {
        assertThat(reader.firstSequence()).isEmpty();
        assertThat(reader.next()).isFalse();
        assertThat(reader.end((b, at, n, offset) -> offset))
            .isEqualTo(new FrameReader.End(0, length));
      }
    }

    disk.put(FILE, new byte[FileKind.HEADER_BYTES + 1]);
    assertThatThrownBy(() -> FrameReader.open(disk, FILE, KIND))
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("/f is damaged at byte 0");
  }

  @Test
  void a_length_that_lies_takes_no_memory() throws Exception {
    FaultDisk disk = new FaultDisk();
    byte[] content = Arrays.copyOf(KIND.header(0), FileKind.HEADER_BYTES + 12);
    for (int n : new int[] {0, -1, Integer.MIN_VALUE, Frame.MAX_BODY_BYTES + 1, 5}) {
      Frame.putInt(content, FileKind.HEADER_BYTES, n);
      disk.put(FILE, content);
      try (FrameReader reader = FrameReader.open(disk, FILE, KIND)) {
        assertThat(reader.next()).isFalse();
        assertThat(reader.fault()).isPresent();
        assertThat(reader.bytes().length).isLessThanOrEqualTo(1 << 20);
      }
    }
  }

  /// Damage is found wherever it is, whatever it does to the length; without a witness it is torn.
  @Test
  void only_a_later_frame_written_after_a_force_makes_a_bad_frame_damage() throws Exception {
    FaultDisk disk = new FaultDisk();
    byte[] good = file(0, List.of(new byte[100], new byte[50], new byte[2_000_000], new byte[3]));
    long second = 16 + 108;
    for (int at : new int[] {0, 1, 2, 3, 4, 7, 8, 57}) {
      byte[] bad = good.clone();
      bad[(int) second + at] ^= 0x11;
      disk.put(FILE, bad);
      try (FrameReader reader = FrameReader.open(disk, FILE, KIND)) {
        while (reader.next()) {}
        assertThat(reader.frameOffset()).isEqualTo(second);

        assertThat(reader.end((b, body, n, offset) -> second))
            .isEqualTo(new FrameReader.End(second, good.length - second));
        assertThatThrownBy(() -> reader.end((b, body, n, offset) -> second + 1))
            .isInstanceOf(Failure.Damaged.class)
            .hasMessageContaining("/f is damaged at byte " + second);
      }
    }
  }

  private static byte[] file(long firstSequence, List<byte[]> bodies) {
    int length = FileKind.HEADER_BYTES;
    for (byte[] body : bodies) {
      length += Frame.HEAD_BYTES + body.length;
    }
    byte[] file = Arrays.copyOf(KIND.header(firstSequence), length);
    int at = FileKind.HEADER_BYTES;
    for (byte[] body : bodies) {
      byte[] frame = Frame.encode(body);
      System.arraycopy(frame, 0, file, at, frame.length);
      at += frame.length;
    }
    return file;
  }

  private static byte[] body(FrameReader reader) {
    return Arrays.copyOfRange(
        reader.bytes(), reader.bodyAt(), reader.bodyAt() + reader.bodyLength());
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
