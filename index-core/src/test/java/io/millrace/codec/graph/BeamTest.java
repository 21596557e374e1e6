package io.millrace.codec.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Props;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BeamTest {
  private record Found(int node, float score) {
    static final Comparator<Found> BEST_FIRST =
        Comparator.comparing(Found::score).reversed().thenComparing(Found::node);
  }

  /// Nodes as a search meets them, some of them behind an expansion.
  private record Story(int capacity, List<Found> found, Set<Integer> expandBefore) {
    static Story of(SplittableRandom random, int size) {
      List<Found> found = new ArrayList<>();
      Set<Integer> expandBefore = new HashSet<>();
      for (int node = 0; node < size; node++) {
        float score = random.nextInt(3) == 0 ? random.nextInt(3) - 1 : random.nextInt(-900, 900);
        found.add(new Found(random.nextInt(20) == 0 ? Integer.MAX_VALUE - node : node, score));
        if (random.nextInt(4) == 0) {
          expandBefore.add(node);
        }
      }
      return new Story(1 + random.nextInt(1 + size), found, expandBefore);
    }
  }

  @Test
  void it_keeps_the_best_and_expands_each_of_them_once_best_first() {
    Props.forAll(
        200,
        300,
        Story::of,
        story -> {
          Beam beam = new Beam();
          beam.reset(story.capacity);
          List<Found> kept = new ArrayList<>();
          Set<Integer> expanded = new HashSet<>();
          for (int i = 0; i < story.found.size(); i++) {
            if (story.expandBefore.contains(i)) {
              assertThat(beam.expand()).isEqualTo(expand(kept, expanded));
            }
            Found found = story.found.get(i);
            beam.add(found.node, found.score);
            kept.add(found);
            kept.sort(Found.BEST_FIRST);
            if (kept.size() > story.capacity) {
              kept.removeLast();
            }
            assertThat(beam.size()).isEqualTo(kept.size());
          }
          for (int i = 0; i < kept.size(); i++) {
            assertThat(new Found(beam.node(i), beam.score(i))).isEqualTo(kept.get(i));
          }
          int next;
          do {
            next = expand(kept, expanded);
            assertThat(beam.expand()).isEqualTo(next);
          } while (next >= 0);
          beam.reopen();
          assertThat(beam.expand()).isEqualTo(expand(kept, new HashSet<>()));
        });
  }

  @Test
  void what_is_no_number_comes_last() {
    Beam beam = new Beam();
    beam.reset(3);
    beam.add(1, Float.NaN);
    beam.add(2, -Float.MAX_VALUE);
    beam.add(3, Float.POSITIVE_INFINITY);

    assertThat(beam.expand()).isEqualTo(3);
    assertThat(beam.expand()).isEqualTo(2);
    assertThat(beam.expand()).isEqualTo(1);
  }

  private static int expand(List<Found> kept, Set<Integer> expanded) {
    for (Found found : kept) {
      if (expanded.add(found.node)) {
        return found.node;
      }
    }
    return -1;
  }
}
