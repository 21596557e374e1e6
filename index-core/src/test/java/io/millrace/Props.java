package io.millrace;

import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/// Property tests without a library: values of growing size from a seeded generator.
///
/// Run `i` of `runs` uses its own random stream made from (seed, i) and a size growing from 0 to
/// `maxSize`. A failing run is tried again with smaller sizes; the smallest failing one is reported
/// with its seed, run and size. `-Dprops.seed=… -Dprops.run=… -Dprops.size=…` repeats exactly that.
public final class Props {
  private Props() {}

  public static <T> void forAll(
      int runs,
      int maxSize,
      BiFunction<SplittableRandom, Integer, T> generator,
      Consumer<? super T> property) {
    long seed = Long.getLong("props.seed", new SplittableRandom().nextLong());
    if (System.getProperty("props.run") != null) {
      int run = Integer.getInteger("props.run");
      int size = Integer.getInteger("props.size", maxSize);
      property.accept(generator.apply(random(seed, run), size));
      return;
    }
    for (int run = 0; run < runs; run++) {
      int size = runs == 1 ? maxSize : (int) ((long) maxSize * run / (runs - 1));
      Throwable failure = failureOf(generator, property, seed, run, size);
      if (failure == null) {
        continue;
      }
      int smallest = size;
      for (int step = size / 2; step >= 1; ) {
        Throwable smaller = failureOf(generator, property, seed, run, smallest - step);
        if (smaller != null) {
          smallest -= step;
          failure = smaller;
          step = Math.min(step, smallest / 2);
        } else {
          step /= 2;
        }
      }
      T value = generator.apply(random(seed, run), smallest);
      throw new AssertionError(
          "failed for -Dprops.seed=%d -Dprops.run=%d -Dprops.size=%d%nvalue: %s%n%s"
              .formatted(seed, run, smallest, shortened(String.valueOf(value)), failure),
          failure);
    }
    System.out.println("props.seed=" + seed + " runs=" + runs + " maxSize=" + maxSize);
  }

  private static <T> Throwable failureOf(
      BiFunction<SplittableRandom, Integer, T> generator,
      Consumer<? super T> property,
      long seed,
      int run,
      int size) {
    try {
      property.accept(generator.apply(random(seed, run), size));
      return null;
    } catch (AssertionError | RuntimeException e) {
      return e;
    }
  }

  private static SplittableRandom random(long seed, int run) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + run);
  }

  private static String shortened(String text) {
    return text.length() <= 4_000 ? text : text.substring(0, 4_000) + "…";
  }
}
