package io.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.PayloadPath;
import io.millrace.payload.LeafPath;
import io.millrace.payload.Leaves.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.StringHelper;
import org.junit.jupiter.api.Test;

class LeafTermsTest {
  private static final LeafPath AB = LeafPath.of(PayloadPath.parse("a[].b")).orElseThrow();

  private static String hex(BytesRef term) {
    return HexFormat.of().formatHex(term.bytes, term.offset, term.offset + term.length);
  }

  @Test
  void terms_have_the_bytes_of_their_table() {
    String path = "615b5d2e62" + "00";

    assertThat(hex(LeafTerms.text(AB, "é"))).isEqualTo(path + "73" + "c3a9");
    assertThat(hex(LeafTerms.text(AB, ""))).isEqualTo(path + "73");
    assertThat(hex(LeafTerms.whole(AB, -12))).isEqualTo(path + "69" + "2d3132");
    assertThat(hex(LeafTerms.bool(AB, true))).isEqualTo(path + "62" + "31");
    assertThat(hex(LeafTerms.bool(AB, false))).isEqualTo(path + "62" + "30");
    assertThat(hex(LeafTerms.kind(AB, Kind.NULL))).isEqualTo(path + "30");
    assertThat(hex(LeafTerms.kind(AB, Kind.SINGLE))).isEqualTo(path + "31");
    assertThat(hex(LeafTerms.kind(AB, Kind.EMPTY_ARRAY))).isEqualTo(path + "32");
    assertThat(hex(LeafTerms.kind(AB, Kind.ARRAY))).isEqualTo(path + "33");
    assertThat(hex(LeafTerms.kind(AB, Kind.ARRAY_WITH_NULL))).isEqualTo(path + "34");
    assertThat(hex(LeafTerms.kind(AB, Kind.ARRAY_OF_NULLS))).isEqualTo(path + "35");
    assertThat(hex(LeafTerms.several(AB))).isEqualTo(path + "39");
  }

  @Test
  void points_have_the_bytes_of_their_table() {
    HexFormat hex = HexFormat.of();

    assertThat(hex.formatHex(LeafTerms.dimension(1))).isEqualTo("8000000000000001");
    assertThat(hex.formatHex(LeafTerms.dimension(LeafTerms.sortable(1.0))))
        .isEqualTo("bff0000000000000");
    assertThat(LeafTerms.sortable(-0.0)).isEqualTo(LeafTerms.sortable(0.0)).isZero();
    assertThat(LeafTerms.sortable(-1)).isLessThan(LeafTerms.sortable(Double.MIN_VALUE));
  }

  @Test
  void a_long_string_is_cut_at_a_character_and_hashed() throws Exception {
    String text = "x".repeat(255) + "é";
    byte[] sha = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));

    assertThat(hex(LeafTerms.text(AB, text)))
        .isEqualTo("615b5d2e620073" + "78".repeat(255) + "ff" + HexFormat.of().formatHex(sha));
    assertThat(hex(LeafTerms.text(AB, "x".repeat(256))))
        .isEqualTo("615b5d2e620073" + "78".repeat(256));
  }

  @Test
  void terms_of_long_strings_begin_with_their_prefixes() {
    String text = "é".repeat(100) + "😀".repeat(100);
    BytesRef term = LeafTerms.text(AB, text);

    for (int end = 0; end <= text.length(); end++) {
      if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
        continue;
      }
      BytesRef prefix = LeafTerms.textPrefix(AB, text.substring(0, end));
      assertThat(StringHelper.startsWith(term, prefix)).as("%d characters", end).isTrue();
    }
    assertThat(StringHelper.startsWith(term, LeafTerms.textPrefix(AB, "é".repeat(101)))).isFalse();
  }
}
