package io.millrace.torture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// What the command line says.
record Options(
    Tier tier,
    boolean quick,
    List<String> only,
    Optional<Long> seed,
    OptionalCycles cycles,
    OptionalDouble minutes,
    Path out,
    Optional<Path> file) {

  /// A number of cycles that replaces the one of the tier.
  record OptionalCycles(OptionalInt value) {
    int orElse(int usual) {
      return value.orElse(usual);
    }
  }

  /// A command line that cannot be followed.
  static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1;

    Wrong(String message) {
      super(message);
    }
  }

  /// The first argument is the command.
  static Options parse(String[] args) {
    Tier tier = Tier.P;
    boolean quick = false;
    List<String> only = new ArrayList<>();
    Optional<Long> seed = Optional.empty();
    OptionalInt cycles = OptionalInt.empty();
    OptionalDouble minutes = OptionalDouble.empty();
    Path out = Path.of(System.getProperty("millrace.torture.out", "target/torture"));
    Optional<Path> file = Optional.empty();
    for (int i = 1; i < args.length; i++) {
      String name = args[i];
      if (name.equals("--quick")) {
        quick = true;
        continue;
      }
      if (!name.startsWith("--")) {
        file = Optional.of(Path.of(name));
        continue;
      }
      i++;
      if (i == args.length) {
        throw new Wrong(name + " needs a value");
      }
      String value = args[i];
      try {
        switch (name) {
          case "--tier" -> tier = Tier.valueOf(value);
          case "--only" -> only.addAll(List.of(value.split(",", -1)));
          case "--seed" -> seed = Optional.of(Long.parseLong(value));
          case "--cycles" -> cycles = OptionalInt.of(Integer.parseInt(value));
          case "--minutes" -> minutes = OptionalDouble.of(Double.parseDouble(value));
          case "--out" -> out = Path.of(value);
          default -> throw new Wrong("unknown option " + name);
        }
      } catch (IllegalArgumentException e) {
        throw new Wrong(name + " cannot be " + value);
      }
    }
    return new Options(
        tier, quick, List.copyOf(only), seed, new OptionalCycles(cycles), minutes, out, file);
  }

  Options asQuick() {
    return new Options(tier, true, only, seed, cycles, minutes, out, file);
  }

  /// The trials that are meant.
  List<Plan.Row> rows() {
    if (!only.isEmpty()) {
      return only.stream()
          .map(id ->
              Plan.find(id)
                  .orElseThrow(() ->
                      new Wrong(
                          "there is no trial %s; there are %s"
                              .formatted(id, Plan.ROWS.stream().map(Plan.Row::id).toList()))))
          .toList();
    }
    return Plan.ROWS.stream()
        .filter(row -> (!quick || row.quick()) && row.cycles(tier) > 0)
        .toList();
  }
}
