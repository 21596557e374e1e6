package io.millrace.search.nearest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.PointId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TopHitsTest {
  private record Offer(float similarity, int leaf, int doc, PointId id) {}

  private int reads;

  /// Few similarities, so that most offers are tied.
  private List<Offer> offers(int count, int similarities, SplittableRandom r) {
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(i);
    }
    Collections.shuffle(ids, new Random(r.nextLong()));
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      offers.add(new Offer(r.nextInt(similarities), i % 3, i / 3, PointId.of(ids.get(i))));
    }
    return offers;
  }

  private IdOrder.Ids counted(List<Offer> offers) {
    return (leaf, doc) -> {
      reads++;
      return offers.get(3 * doc + leaf).id();
    };
  }

  private List<PointId> best(List<Offer> offers, int limit) throws IOException {
    TopHits hits = new TopHits(limit, () -> counted(offers));
    for (Offer offer : offers) {
      hits.offer(offer.similarity(), offer.leaf(), offer.doc());
    }
    return hits.drain(similarity -> similarity).stream()
        .map(hit -> offers.get(3 * hit.doc() + hit.leafOrdinal()).id())
        .toList();
  }

  @Test
  void hits_are_those_of_a_sort_by_similarity_and_id() throws IOException {
    long seed = Long.getLong("props.seed", new SplittableRandom().nextLong());
    SplittableRandom r = new SplittableRandom(seed);
    for (int round = 0; round < 500; round++) {
      List<Offer> offers = offers(r.nextInt(200), 1 + r.nextInt(6), r);
      int limit = r.nextInt(100);
      List<PointId> sorted =
          offers.stream()
              .sorted(Comparator.comparing(Offer::similarity).reversed().thenComparing(Offer::id))
              .limit(limit)
              .map(Offer::id)
              .toList();

      assertThat(best(offers, limit)).as("-Dprops.seed=%d round %d", seed, round).isEqualTo(sorted);
    }
  }

  @Test
  void of_many_that_are_the_same_each_id_is_read_once_at_most() throws IOException {
    List<Offer> offers = offers(10_000, 1, new SplittableRandom(1));

    assertThat(best(offers, 100)).startsWith(PointId.of(0), PointId.of(1)).hasSize(100);
    assertThat(reads).isLessThanOrEqualTo(10_000);
  }

  @Test
  void of_many_that_differ_no_id_is_read() throws IOException {
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      offers.add(new Offer(i * 7 % 1_000, i % 3, i / 3, PointId.of(i)));
    }

    assertThat(best(offers, 50)).hasSize(50);
    assertThat(reads).isZero();
  }
}
