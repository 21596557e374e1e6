package io.millrace.codec.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class VisitedTest {
  @Test
  void a_node_is_new_once_until_all_are_forgotten() {
    SplittableRandom random = new SplittableRandom(1);
    Visited visited = new Visited(5_000);
    for (int turn = 0; turn < 4; turn++) {
      Set<Integer> model = new HashSet<>();
      for (int i = 0; i < 6_000; i++) {
        int node = random.nextInt(5_000);
        assertThat(visited.add(node)).isEqualTo(model.add(node));
      }
      visited.clear();
    }
  }
}
