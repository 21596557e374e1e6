package io.millrace.ingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Utf8Test {

  /// The JDK's decoder is the oracle; NUL is refused on top.
  @Test
  void text_is_what_the_jdk_decodes_without_nul() {
    Props.forAll(
        3_000,
        40,
        (random, size) -> {
          StringBuilder text = new StringBuilder();
          for (int i = 0; i <= size; i++) {
            int bits = 1 + random.nextInt(21);
            int codePoint = random.nextInt(1 << bits);
            boolean valid = codePoint <= 0x10FFFF && (codePoint < 0xD800 || codePoint > 0xDFFF);
            text.appendCodePoint(valid ? codePoint : 'x');
          }
          byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
          for (int i = random.nextInt(3); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
          }
          return bytes;
        },
        bytes -> assertThat(Utf8.firstFault(bytes, 0, bytes.length) < 0).isEqualTo(isText(bytes)));
  }

  private static boolean isText(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return false;
      }
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
