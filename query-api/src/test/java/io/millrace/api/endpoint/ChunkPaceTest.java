package io.millrace.api.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.PayloadBytes;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChunkPaceTest {
  private final ChunkPace pace = new ChunkPace();

  @Test
  void chunks_hold_about_a_mebibyte() {
    assertThat(pace.points()).isEqualTo(64);
    pace.read(points(64, 256 << 10, 0));
    assertThat(pace.points()).isEqualTo(4);
    pace.read(points(4, 8 << 20, 0));
    assertThat(pace.points()).isEqualTo(1);
    pace.read(points(1, 10, 0));
    assertThat(pace.points()).as("the next ones may be larger").isEqualTo(4);
    pace.read(points(4, 10, 65_536));
    assertThat(pace.points()).as("vectors count").isEqualTo(3);
    for (int i = 0; i < 5; i++) {
      pace.read(points(3, 10, 1));
    }
    assertThat(pace.points()).isEqualTo(256);
    pace.read(List.of());
    assertThat(pace.points()).isEqualTo(256);
  }

  private static List<StoredPoint> points(int count, int payloadBytes, int components) {
    PayloadBytes payload = PayloadBytes.of("{\"a\":\"" + "x".repeat(payloadBytes - 8) + "\"}");
    StoredPoint point =
        new StoredPoint(
            PointId.of(1),
            0,
            Optional.of(payload),
            components == 0
                ? Optional.empty()
                : Optional.of(Map.of("", new VectorValue.Dense(new float[components]))));
    return Collections.nCopies(count, point);
  }
}
