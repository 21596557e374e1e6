package io.millrace.ingest;

import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.deadletter.FileDeadLetters;
import io.millrace.ingest.inbox.InboxIntake;
import io.millrace.ingest.kafka.KafkaDeadLetters;
import io.millrace.ingest.kafka.KafkaIntake;
import io.millrace.ingest.kafka.KafkaProperties;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.ingest.route.SourceRoutes;
import io.millrace.model.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The door of the module: all sources of a process, from start to close.
public final class Sources implements AutoCloseable {
  private final SourceRoutes routes;
  private final Map<String, SourceRun> runs = new LinkedHashMap<>();
  private final MemoryBudget budget;

  /// What ingest needs of the rest of the process.
  ///
  /// @param collections where records go
  /// @param epochs the lives of sources, kept by the catalog
  /// @param creator makes collections from templates
  /// @param filters reads filters of operations
  /// @param dataId tells this data folder from others, for published group names
  public record Surroundings(
      Targets collections,
      SourceEpochs epochs,
      CollectionCreator creator,
      FilterReader filters,
      String dataId) {}

  /// Throws [IllegalArgumentException] for a configuration that cannot work; connects to nothing.
  public Sources(SourcesConfig config, Surroundings around) {
    this(config, around, SourceRun.Paces.DEFAULT);
  }

  /// @param paces between tries
  public Sources(SourcesConfig config, Surroundings around, SourceRun.Paces paces) {
    this.budget = new MemoryBudget(config.ingestBytes());
    Map<String, Intake.Maker> kafka = new LinkedHashMap<>();
    Map<String, Intake.Maker> inbox = new LinkedHashMap<>();
    for (SourceConfig source : config.sources()) {
      DeadLetters files =
          new FileDeadLetters(config.ingestFolder().resolve("dead").resolve(source.name()));
      CheckpointFile checkpoints = new CheckpointFile(config.ingestFolder(), source.name());
      switch (source) {
        case KafkaSource topics -> {
          List<String> faults = KafkaProperties.faults(topics.properties());
          if (!faults.isEmpty()) {
            throw new IllegalArgumentException(
                "Source '" + source.name() + "': " + String.join("; ", faults));
          }
          DeadLetters letters =
              topics
                  .deadLetters()
                  .<DeadLetters>map(topic -> new KafkaDeadLetters(topics, topic, files))
                  .orElse(files);
          SourceRun run = run(source, around, letters, paces);
          String group = topics.group().orElse("millrace-" + source.name() + "-" + around.dataId());
          kafka.put(
              source.name(),
              route ->
                  new KafkaIntake(topics, run, around.epochs(), checkpoints, budget, group, route));
        }
        case FilesSource folder -> {
          SourceRun run = run(source, around, files, paces);
          inbox.put(
              source.name(),
              route ->
                  new InboxIntake(
                      folder,
                      run,
                      around.epochs(),
                      checkpoints,
                      config.ingestFolder().resolve("inbox").resolve(source.name()),
                      budget,
                      route));
        }
      }
    }
    this.routes = new SourceRoutes(new RecordDecoder(around.filters()), kafka, inbox);
  }

  private SourceRun run(
      SourceConfig source, Surroundings around, DeadLetters letters, SourceRun.Paces paces) {
    SourceRun run = SourceRun.of(source, around.collections(), around.creator(), letters, paces);
    runs.put(source.name(), run);
    return run;
  }

  /// Returns soon, whether the origins answer or not.
  public void start() {
    routes.start();
  }

  /// In the order of the configuration.
  public List<SourceStatus> status() {
    List<SourceStatus> all = new ArrayList<>();
    for (String name : runs.keySet()) {
      routes.intake(name).map(Intake::status).ifPresent(all::add);
    }
    return all;
  }

  /// Empty for a source that is not configured or not started.
  public Optional<SourceStatus> status(String source) {
    return routes.intake(source).map(Intake::status);
  }

  /// No further records are taken, what is under way is finished. Throws [Failure.NotFound].
  public void pause(String source) {
    require(source).gate().close(new Health(SourceState.PAUSED, "Paused by a person"));
  }

  /// Also after a surge; who waits tries again at once. Throws [Failure.NotFound].
  public void resume(String source) {
    require(source).gate().open();
  }

  /// Newest first. Throws [Failure.NotFound], [Failure.Unavailable].
  public List<DeadLetters.Entry> deadLetters(String source, int limit) {
    return require(source).deadLetters().list(limit);
  }

  /// Bytes of records between fetch and log.
  public long inFlightBytes() {
    return budget.used();
  }

  private SourceRun require(String source) {
    SourceRun run = runs.get(source);
    if (run == null) {
      throw new Failure.NotFound("There is no source '" + source + "'");
    }
    return run;
  }

  /// Stops reading, finishes what is submitted, writes the checkpoints. Takes a few seconds at
  /// most.
  @Override
  public void close() {
    routes.close();
    runs.values().forEach(run -> run.deadLetters().close());
  }
}
