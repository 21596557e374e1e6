package io.millrace.ingest.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Props;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {

  /// Text of random lines, read in pieces of random length; the twin splits the whole text.
  @Test
  void lines_and_their_offsets_are_those_of_the_whole_text() {
    Props.forAll(
        500,
        200,
        (random, size) -> {
          StringBuilder text = new StringBuilder();
          for (int i = 0; i < size; i++) {
            text.append("ab\r\n\n".charAt(random.nextInt(5)));
          }
          return List.of(text.toString(), "" + (1 + random.nextInt(5)));
        },
        input -> {
          String text = input.get(0);
          List<String> expected = new ArrayList<>();
          int start = 0;
          while (start < text.length()) {
            int end = text.indexOf('\n', start);
            String line = end < 0 ? text.substring(start) : text.substring(start, end);
            expected.add(
                (line.endsWith("\r") ? line.substring(0, line.length() - 1) : line)
                    + "@"
                    + (end < 0 ? text.length() : end + 1));
            start = end < 0 ? text.length() : end + 1;
          }
          assertThat(read(pieces(text, Integer.parseInt(input.get(1))))).isEqualTo(expected);
        });
  }

  @Test
  void a_long_line_is_passed_over_in_bounded_memory() throws IOException {
    String text = "a\n" + "x".repeat(300_000) + "\nb";
    LineReader lines = new LineReader(pieces(text, 1000), 0, 100_000, 1 << 20);

    assertThat(lines.next().isCut()).isFalse();
    LineReader.Line cut = lines.next();
    assertThat(cut.isCut()).isTrue();
    assertThat(cut.length()).isEqualTo(300_000);
    assertThat(cut.bytes()).hasSize(64 << 10);
    assertThat(new String(lines.next().bytes(), StandardCharsets.UTF_8)).isEqualTo("b");
    assertThat(lines.next()).isNull();
  }

  @Test
  void an_endless_line_ends_the_file() {
    InputStream zeros =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };

    assertThatThrownBy(() -> new LineReader(zeros, 0, 100, 1 << 20).next())
        .isInstanceOf(LineReader.EndlessLine.class);
  }

  private static List<String> read(InputStream in) {
    try {
      LineReader lines = new LineReader(in, 0, 1 << 20, 1 << 30);
      List<String> all = new ArrayList<>();
      for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
        all.add(new String(line.bytes(), StandardCharsets.UTF_8) + "@" + lines.offset());
      }
      return all;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Hands out at most `most` bytes per read.
  private static InputStream pieces(String text, int most) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
      @Override
      public int read(byte[] into, int from, int length) {
        return super.read(into, from, Math.min(length, most));
      }
    };
  }
}
