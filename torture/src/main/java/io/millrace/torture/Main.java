package io.millrace.torture;

import io.millrace.torture.checker.Checker;
import io.millrace.torture.history.History;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The command line.
///
/// ```
/// torture run [--tier P|N|R | --quick] [--only ID[,ID]] [--seed S] [--cycles N] [--minutes M] [--out DIR]
/// torture quick
/// torture plan [--tier P|N|R]
/// torture check HISTORY
/// ```
///
/// Exit status: 0 = all passed, 1 = something was found, 2 = wrong usage.
public final class Main {
  /// Of a server's log, printed where a trial failed.
  private static final int LAST_LINES = 60;

  private static final String USAGE =
      """
      usage: torture run [--tier P|N|R] [--only R-01,R-02] [--seed S] [--cycles N] [--minutes M] [--out DIR]
             torture quick              the part of tier P that every change has to pass
             torture plan [--tier P]    what a tier does and how long it takes
             torture check FILE         judges a history.ndjson again
      Needs -Dmillrace.dist=DIR (the packed server) and -Dmillrace.kafka.lib=DIR; scripts/torture
      sets both.
      """;

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String[] args) {
    try {
      String command = args.length == 0 ? "--help" : args[0];
      Options options = Options.parse(args);
      return switch (command) {
        case "run" -> torture(options);
        case "quick" -> torture(options.asQuick());
        case "plan" -> {
          System.out.print(Plan.print(options.tier()));
          yield 0;
        }
        case "check" -> check(options);
        case "-h", "--help" -> {
          System.out.print(USAGE);
          yield 0;
        }
        default -> throw new Options.Wrong("unknown command " + command);
      };
    } catch (Options.Wrong e) {
      System.err.println("torture: " + e.getMessage());
      System.err.print(USAGE);
      return 2;
    }
  }

  private static int torture(Options options) {
    long seed = options.seed().orElseGet(() -> new SplittableRandom().nextLong() >>> 16);
    System.out.println("seed " + seed);
    var places =
        new TrialRun.Places(
            folderOf("millrace.dist", "dist/millrace"),
            folderOf("millrace.kafka.lib", "dist/kafka/lib"));
    Path out = options.out().resolve("run-" + seed);
    long end =
        options.minutes().isPresent()
            ? System.nanoTime() + (long) (options.minutes().getAsDouble() * 60e9)
            : Long.MAX_VALUE;
    delete(out);
    List<Verdict> verdicts = new ArrayList<>();
    for (Plan.Row row : options.rows()) {
      int cycles = options.cycles().orElse(row.cycles(options.tier()));
      System.out.printf(Locale.ROOT, "%s %s, %d cycles%n", row.id(), row.title(), cycles);
      verdicts.add(one(row, places, out.resolve(row.id()), cycles, seed, end));
      Report.write(out, options.tier(), verdicts);
    }
    System.out.print(Report.markdown(options.tier(), verdicts));
    boolean passed = verdicts.stream().allMatch(Verdict::isPassed);
    for (Verdict verdict : verdicts) {
      if (verdict.isPassed()) {
        delete(out.resolve(verdict.id()));
      } else {
        verdict.violations().forEach(v -> System.out.println(verdict.id() + " " + v));
        lastWords(out.resolve(verdict.id()).resolve("server.log"));
        System.out.printf(
            Locale.ROOT,
            "%s failed; kept %s; again: scripts/torture run --only %s --seed %d%n",
            verdict.id(),
            out.resolve(verdict.id()),
            verdict.id(),
            seed);
      }
    }
    System.out.println((passed ? "passed" : "failed") + ", result in " + out);
    return passed ? 0 : 1;
  }

  /// What the server said last: where a run's folder does not last, that is all there is.
  private static void lastWords(Path log) {
    if (!Files.isRegularFile(log)) {
      return;
    }
    try {
      List<String> lines = Files.readAllLines(log);
      int from = Math.max(0, lines.size() - LAST_LINES);
      lines.subList(from, lines.size()).forEach(line -> System.out.println("  " + line));
    } catch (IOException e) {
      System.out.println("  " + log + ": " + e);
    }
  }

  private static Verdict one(
      Plan.Row row, TrialRun.Places places, Path folder, int cycles, long seed, long endNanos) {
    try (var run = new TrialRun(row.id(), places, folder, cycles, seed, endNanos)) {
      try {
        row.trial().get().run(run);
      } catch (RuntimeException e) {
        // A trial that cannot go on has failed; the others still say what they can.
        run.fault(
            e
                + Stream.of(e.getStackTrace())
                    .map(at -> "\n  at " + at)
                    .collect(Collectors.joining()));
      }
      return run.verdict();
    }
  }

  private static int check(Options options) {
    var checker = new Checker();
    Path file = options.file().orElseThrow(() -> new Options.Wrong("check needs a history.ndjson"));
    try {
      History.replay(file, checker::accept);
    } catch (IOException e) {
      throw new Options.Wrong("cannot read " + file + ": " + e);
    }
    checker.tally().figures().forEach((name, value) -> System.out.println(name + " " + value));
    checker.violations().forEach(System.out::println);
    System.out.println(checker.violationCount() + " violations");
    return checker.violationCount() == 0 ? 0 : 1;
  }

  private static Path folderOf(String property, String usual) {
    Path folder = Path.of(System.getProperty(property, usual)).toAbsolutePath();
    if (!Files.isDirectory(folder)) {
      throw new Options.Wrong("-D" + property + " names no folder: " + folder);
    }
    return folder;
  }

  /// A folder with all that is in it; nothing when it is not there.
  static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
