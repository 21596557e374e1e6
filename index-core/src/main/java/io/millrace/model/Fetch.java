package io.millrace.model;

import java.util.List;

/// What a read brings back with each point.
public record Fetch(PayloadPart payload, VectorPart vectors) {
  public static final Fetch ID_ONLY = new Fetch(new PayloadPart.None(), new VectorPart.None());
  public static final Fetch PAYLOAD = new Fetch(new PayloadPart.All(), new VectorPart.None());
  public static final Fetch ALL = new Fetch(new PayloadPart.All(), new VectorPart.All());

  public sealed interface PayloadPart {
    record None() implements PayloadPart {}

    record All() implements PayloadPart {}

    record Include(List<PayloadPath> paths) implements PayloadPart {
      public Include {
        paths = List.copyOf(paths);
      }
    }

    record Exclude(List<PayloadPath> paths) implements PayloadPart {
      public Exclude {
        paths = List.copyOf(paths);
      }
    }
  }

  public sealed interface VectorPart {
    record None() implements VectorPart {}

    record All() implements VectorPart {}

    record Names(List<String> names) implements VectorPart {
      public Names {
        names = List.copyOf(names);
      }
    }
  }
}
