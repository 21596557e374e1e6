package io.millrace.torture.workload;

import java.util.List;
import java.util.SplittableRandom;

/// Choices from a seed.
public final class Draw {
  private final SplittableRandom random;

  public Draw(SplittableRandom random) {
    this.random = random;
  }

  public Draw(long seed) {
    this(new SplittableRandom(seed));
  }

  public Draw split() {
    return new Draw(random.split());
  }

  /// 0 to below the bound.
  public int below(int bound) {
    return random.nextInt(bound);
  }

  /// Both ends included.
  public int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  public boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  public <T> T of(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
