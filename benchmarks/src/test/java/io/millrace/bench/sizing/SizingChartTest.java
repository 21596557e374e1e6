package io.millrace.bench.sizing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class SizingChartTest {
  private static final List<Size> SIZES =
      List.of(
          new Size(10_000, 15_360_000, 5_400_000, 6_000_000, 300_000_000, 20_000_000, 0.5, 900),
          new Size(100_000, 153_600_000, 54_000_000, 60_000_000, 4, 5, 0.8, 1_200));

  @Test
  void the_formula_is_that_of_the_sizing_page() {
    assertThat(Size.rawBytes(1_000_000, 384)).isEqualTo(1_536_000_000L);
    assertThat(Size.quickBytes(1_000_000, 384, 16)).isEqualTo(656_000_000L);
  }

  @Test
  void a_row_tells_measured_and_computed() {
    assertThat(Size.table(SIZES, 384, 16))
        .contains(
            "| 10,000 | 27 MB | 15, 15 MB | 5.4, 6.6 MB | 6 MB | 300 MB | 20 MB | 0.50 ms |"
                + " 900 ms |");
  }

  @Test
  void the_picture_has_a_dot_per_panel_and_size_inside_of_its_frame() throws Exception {
    String svg = SizingChart.svg(SIZES, 384, 16);
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    var dots = document.getElementsByTagName("circle");

    assertThat(dots.getLength()).isEqualTo(6);
    for (int i = 0; i < dots.getLength(); i++) {
      Element dot = (Element) dots.item(i);
      assertThat(Double.parseDouble(dot.getAttribute("cx"))).isBetween(0.0, 750.0);
      assertThat(Double.parseDouble(dot.getAttribute("cy"))).isBetween(20.0, 151.0);
    }
    assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(5);
  }
}
