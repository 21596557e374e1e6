package io.millrace.torture.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.torture.history.Change;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChangeMixTest {
  private static List<String> changes(long seed, int writer) {
    var mix = new ChangeMix(new Draw(seed), writer, 50, Map.of("a", 4, "b", 3), 3);
    List<String> changes = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      changes.add(mix.next().json());
    }
    return changes;
  }

  @Test
  void the_same_seed_gives_the_same_changes() {
    assertThat(changes(7, 1)).isEqualTo(changes(7, 1)).isNotEqualTo(changes(8, 1));
  }

  @Test
  void every_kind_of_change_comes() {
    Set<String> verbs = new HashSet<>();
    changes(7, 1).forEach(json -> verbs.add(Change.parse(json).verb()));

    assertThat(verbs)
        .containsExactlyInAnyOrder(
            "upsert",
            "delete",
            "set_payload",
            "overwrite_payload",
            "delete_payload",
            "update_vectors");
  }

  @Test
  void writers_have_no_point_in_common() {
    Set<String> ids = new HashSet<>();
    for (int writer = 0; writer < 8; writer++) {
      for (int index = 0; index < 150; index++) {
        assertThat(ids.add(Values.id(writer, index))).isTrue();
      }
    }
  }
}
