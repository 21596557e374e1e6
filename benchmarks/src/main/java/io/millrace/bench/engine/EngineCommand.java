package io.millrace.bench.engine;

import io.millrace.app.command.Command;
import io.millrace.app.command.CommandFailure;
import io.millrace.bench.Dataset;
import io.millrace.kernel.Kernels;
import io.millrace.model.VectorConfig.Quantization;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `millrace bench-engine`: our engine, Lucene's formats and, with `--python`, other engines over
/// the same rows. Engines take turns in every round, in a new order each time, and what counts is
/// the CPU time of the searching threads: so a busy machine moves all of them alike, and ratios
/// within a round mean something.
@picocli.CommandLine.Command(
    name = "bench-engine",
    description = {
      "Compares the vector engine with others: CPU time per query at equal recall@10, one and two",
      "threads, under filters, and in several segments. scripts/bench engine prepares the others."
    })
public final class EngineCommand implements Command {
  private static final int[] EFS = {10, 12, 16, 22, 32, 48, 72, 112, 176, 280};
  private static final int FILTER_EF = 64;
  private static final int POINTS_AT_REST = 60_000;
  private static final double WORTH_WARMING_MICROS = 400_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--samples",
      paramLabel = "DIR",
      defaultValue = "samples",
      description = "The data set, default ${DEFAULT-VALUE}.")
  private Path samples = Path.of("samples");

  @Option(
      names = "--points",
      paramLabel = "N",
      description = "Rows; past the data set's end, copies with a little added. Default: its own.")
  private Optional<Integer> points = Optional.empty();

  @Option(
      names = "--queries",
      paramLabel = "N",
      defaultValue = "200",
      description = "Queries, spread over those of the data set, default ${DEFAULT-VALUE}.")
  private int queries = 200;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds in which every engine has its turn, default ${DEFAULT-VALUE}.")
  private int rounds = 5;

  @Option(
      names = "--passes",
      paramLabel = "N",
      defaultValue = "10",
      description = {
        "Times the queries are asked in a turn, default ${DEFAULT-VALUE}: as under load, when an",
        "engine has the caches to itself. With 1 a turn measures mostly how they are filled again."
      })
  private int passes = 10;

  @Option(names = "--m", paramLabel = "N", defaultValue = "16", description = "Links per node.")
  private int m = 16;

  @Option(
      names = "--ef-construct",
      paramLabel = "N",
      defaultValue = "100",
      description = "Candidates while linking, for every engine.")
  private int efConstruct = 100;

  @Option(
      names = "--python",
      paramLabel = "FILE",
      description = "A Python with hnswlib, faiss, usearch or qdrant-edge: those are measured too.")
  private Optional<Path> python = Optional.empty();

  @Option(
      names = "--peers",
      paramLabel = "FILE",
      defaultValue = "benchmarks/peers/peers.py",
      description = "The script that asks them, default ${DEFAULT-VALUE}.")
  private Path peers = Path.of("benchmarks/peers/peers.py");

  @Option(
      names = "--only",
      paramLabel = "PART",
      split = ",",
      defaultValue = "recall,threads,filters,segments",
      description = {
        "Of recall, threads, filters, segments, growth, multivectors, rest.",
        "Default: all but the last three."
      })
  private List<Part> only = List.of();

  @Option(
      names = "--growth",
      paramLabel = "N",
      split = ",",
      defaultValue = "25000,100000,300000",
      description = "Points that growth is measured at, default ${DEFAULT-VALUE}.")
  private List<Integer> growth = List.of();

  @Option(
      names = "--documents",
      paramLabel = "N",
      defaultValue = "4000",
      description = "Multivectors of 32 rows, made up, default ${DEFAULT-VALUE}.")
  private int documents = 4_000;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there too.")
  private Optional<Path> json = Optional.empty();

  @Option(names = "--pictures", paramLabel = "DIR", description = "Write SVG pictures there.")
  private Optional<Path> pictures = Optional.empty();

  @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "Of the run.")
  private long seed = 42;

  enum Part {
    recall,
    threads,
    filters,
    segments,
    growth,
    multivectors,
    rest
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Dataset dataset = Dataset.open(samples);
    int count = points.orElse(dataset.points());
    if (count < 1) {
      throw new CommandFailure("--points: at least 1 is expected");
    }
    EngineReport report = new EngineReport(out());
    Corpus corpus = Corpus.of(dataset, count, queries, seed);
    report.start(corpus, m, efConstruct, seed, Kernels.areVectorized());
    Path scratch = Files.createTempDirectory("millrace-engine-");
    try {
      if (only.contains(Part.growth)) {
        for (int size : growth) {
          grow(Corpus.of(dataset, size, queries, seed), scratch, report);
        }
      }
      if (only.contains(Part.recall) || only.contains(Part.threads)) {
        compare(corpus, scratch, report);
      }
      if (only.contains(Part.filters)) {
        filters(corpus, scratch, report);
      }
      if (only.contains(Part.segments)) {
        segments(corpus, scratch, report);
      }
      if (only.contains(Part.multivectors)) {
        report.multivectors(
            new MultivectorTable(documents, 32, queries, seed)
                .measure(folder(scratch, "multivectors")));
      }
      if (only.contains(Part.rest)) {
        rest(Corpus.of(dataset, POINTS_AT_REST, queries, seed), scratch, report);
      }
    } finally {
      delete(scratch);
    }
    if (json.isPresent()) {
      Files.writeString(json.get(), report.json());
    }
    if (pictures.isPresent()) {
      Files.createDirectories(pictures.get());
      report.pictures(pictures.get());
    }
    return 0;
  }

  private void compare(Corpus corpus, Path scratch, EngineReport report)
      throws IOException, InterruptedException {
    MillraceEngine.Graph graph = new MillraceEngine.Graph(m, efConstruct);
    List<Engine> engines = new ArrayList<>();
    Optional<PeerProcess> others = Optional.empty();
    try {
      engines.add(
          new MillraceEngine(
              "millrace", corpus, folder(scratch, "ours"), new Quantization.None(), graph));
      engines.add(
          new MillraceEngine(
              "millrace-sq8", corpus, folder(scratch, "sq8"), new Quantization.Scalar(1), graph));
      engines.add(
          new LuceneEngine(corpus, folder(scratch, "lucene"), LuceneEngine.Rows.FLOAT, graph));
      engines.add(
          new LuceneEngine(corpus, folder(scratch, "lucene8"), LuceneEngine.Rows.INT8, graph));
      if (python.isPresent()) {
        others = Optional.of(new PeerProcess(python.get(), peers, corpus, scratch, graph));
        engines.addAll(others.get().engines());
      }
      Map<String, Double> builds = new LinkedHashMap<>();
      for (Engine engine : engines) {
        builds.put(engine.name(), engine.build());
      }
      report.builds(builds);
      if (only.contains(Part.recall)) {
        report.recall(1, curves(corpus, engines, 1));
      }
      if (only.contains(Part.threads)) {
        report.recall(2, curves(corpus, engines, 2));
      }
    } finally {
      for (Engine engine : engines) {
        engine.close();
      }
      others.ifPresent(PeerProcess::close);
    }
  }

  private Map<String, Curve> curves(Corpus corpus, List<Engine> engines, int threads)
      throws IOException, InterruptedException {
    Accepted all = Accepted.all(corpus);
    Map<String, Curve> curves = new LinkedHashMap<>();
    for (Engine engine : engines) {
      curves.put(engine.name(), new Curve());
      warm(engine, threads);
    }
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      for (int ef : EFS) {
        List<Engine> order = new ArrayList<>(engines);
        Collections.shuffle(order, random);
        for (Engine engine : order) {
          Engine.Round asked = engine.ask(ef, threads, passes);
          double recall = round == 0 ? corpus.recall(asked.found(), all) : 0; // the same each time
          curves
              .computeIfAbsent(engine.name(), name -> new Curve())
              .add(ef, recall, asked.cpuMicros());
        }
      }
    }
    return curves;
  }

  /// Until the compiler has seen enough of every setting.
  private static void warm(Engine engine, int threads) throws IOException, InterruptedException {
    for (int ef : EFS) {
      double micros = 0;
      for (int pass = 0; pass < 10 && micros < WORTH_WARMING_MICROS; pass++) {
        micros += engine.ask(ef, threads, 1).wallMicros() * 100;
      }
    }
  }

  private void filters(Corpus corpus, Path scratch, EngineReport report)
      throws IOException, InterruptedException {
    MillraceEngine.Graph graph = new MillraceEngine.Graph(m, efConstruct);
    Map<String, FilterTable.Turn> turns = new LinkedHashMap<>();
    Optional<PeerProcess> others = Optional.empty();
    try (NearestIndex index =
            NearestIndex.build(corpus, folder(scratch, "filtered"), false, graph, 1);
        LuceneEngine lucene =
            new LuceneEngine(
                corpus, folder(scratch, "lucene-filtered"), LuceneEngine.Rows.FLOAT, graph)) {
      lucene.build();
      if (python.isPresent()) {
        others = Optional.of(new PeerProcess(python.get(), peers, corpus, scratch, graph));
        List<Engine> engines = others.get().engines();
        turns = others.get().filtering(engines, FILTER_EF);
        for (Engine engine : engines) {
          if (turns.containsKey(engine.name())) {
            engine.build();
          }
        }
      }
      int asked = Math.min(100, queries);
      report.filters(
          new FilterTable(corpus, index, lucene, turns, FILTER_EF, asked, rounds, seed).rows());
    } finally {
      others.ifPresent(PeerProcess::close);
    }
  }

  private void segments(Corpus corpus, Path scratch, EngineReport report)
      throws IOException, InterruptedException {
    MillraceEngine.Graph graph = new MillraceEngine.Graph(m, efConstruct);
    List<Engine> engines = new ArrayList<>();
    try {
      for (int segments : new int[] {1, 4, 8}) {
        engines.add(
            new SegmentedEngine(
                corpus,
                NearestIndex.build(
                    corpus, folder(scratch, "segments-" + segments), false, graph, segments)));
      }
      report.segments(curves(corpus, engines, 1));
    } finally {
      for (Engine engine : engines) {
        engine.close();
      }
    }
  }

  /// What a search costs in the segments of a slow load, and once they have become one.
  private void rest(Corpus corpus, Path scratch, EngineReport report)
      throws IOException, InterruptedException {
    try (LoadedEngine loaded = new LoadedEngine(corpus, folder(scratch, "loaded"), false);
        LoadedEngine rested = new LoadedEngine(corpus, folder(scratch, "rested"), true)) {
      Map<String, Double> builds = new LinkedHashMap<>();
      Map<String, String> segments = new LinkedHashMap<>();
      for (LoadedEngine engine : List.of(loaded, rested)) {
        builds.put(engine.name(), engine.build());
        segments.put(engine.name(), engine.segments());
      }
      report.builds(builds);
      report.rest(segments, curves(corpus, List.of(rested, loaded), 1), rested.name());
    }
  }

  /// What a search, a build and the heap cost at one size, the engine being alone.
  private void grow(Corpus corpus, Path scratch, EngineReport report)
      throws IOException, InterruptedException {
    Path data = folder(scratch, "growth-" + corpus.points());
    long before = heapBytes();
    try (MillraceEngine engine =
        new MillraceEngine(
            "millrace",
            corpus,
            data,
            new Quantization.None(),
            new MillraceEngine.Graph(m, efConstruct))) {
      double seconds = engine.build();
      Map<String, Curve> curves = curves(corpus, List.of(engine), 1);
      report.growth(
          corpus.points(),
          seconds,
          heapBytes() - before,
          Objects.requireNonNull(curves.get(engine.name())));
    }
    delete(data);
  }

  private static long heapBytes() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static Path folder(Path scratch, String name) throws IOException {
    return Files.createDirectories(scratch.resolve(name));
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
