package io.millrace.ingest;

import io.millrace.ingest.config.Registry;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.CamelSource;
import io.millrace.ingest.config.SourceConfig.FilesSource;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.config.SourceConfig.ShadowSource;
import io.millrace.ingest.config.SourcesConfig;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.deadletter.FileDeadLetters;
import io.millrace.ingest.deadletter.HiddenLetters;
import io.millrace.ingest.inbox.InboxIntake;
import io.millrace.ingest.kafka.KafkaDeadLetters;
import io.millrace.ingest.kafka.KafkaIntake;
import io.millrace.ingest.kafka.KafkaProperties;
import io.millrace.ingest.pipeline.CheckpointFile;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.PausedStreams;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.ingest.record.Redirect;
import io.millrace.ingest.registry.SchemaRegistry;
import io.millrace.ingest.route.CamelEdge;
import io.millrace.ingest.route.SourceRoutes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// Puts a source together: its run, its dead letters, its decoder and the route that feeds it.
final class SourceAssembly {
  private final SourcesConfig config;
  private final Sources.Surroundings around;
  private final SourceRun.Paces paces;
  private final SourceRoutes routes;
  private final MemoryBudget budget;

  SourceAssembly(
      SourcesConfig config,
      Sources.Surroundings around,
      SourceRun.Paces paces,
      SourceRoutes routes,
      MemoryBudget budget) {
    this.config = config;
    this.around = around;
    this.paces = paces;
    this.routes = routes;
    this.budget = budget;
  }

  /// Makes what a source runs by, and its route. Throws [IllegalArgumentException] for a
  /// configuration that cannot work.
  ///
  /// @param original the source that a shadow reads again
  LiveSource make(
      SourceConfig source, Sources.Owner owner, Function<ShadowSource, KafkaSource> original) {
    Path dead = config.ingestFolder().resolve("dead");
    HiddenLetters hidden = new HiddenLetters(dead.resolve(source.name() + ".hidden"));
    DeadLetters files =
        new FileDeadLetters(dead.resolve(source.name()), hidden, source.trouble().whenFull());
    LiveSource live =
        switch (source) {
          case KafkaSource topics ->
              live(
                  topics,
                  owner,
                  letters(topics, files),
                  hidden,
                  topics.registry(),
                  Optional.empty());
          case FilesSource folder ->
              live(folder, owner, files, hidden, Optional.empty(), Optional.empty());
          case CamelSource camel ->
              live(camel, owner, files, hidden, Optional.empty(), Optional.empty());
          case ShadowSource shadow ->
              live(
                  shadow,
                  owner,
                  files,
                  hidden,
                  original.apply(shadow).registry(),
                  Optional.of(redirect(shadow)));
        };
    CheckpointFile checkpoints = checkpoints(source.name());
    switch (source) {
      case KafkaSource topics -> route(topics, live, around.epochs(), checkpoints);
      case FilesSource folder ->
          routes.add(
              SourceRoutes.Scheme.INBOX,
              folder.name(),
              live.decoder(),
              route -> inbox(folder, live, checkpoints, route));
      case CamelSource camel -> {
        Path spool = config.ingestFolder().resolve("spool").resolve(camel.name());
        routes.add(
            SourceRoutes.Scheme.INBOX,
            camel.name(),
            live.decoder(),
            route ->
                new CamelEdge(
                    camel,
                    live.run(),
                    spool,
                    inboxState(camel.name()),
                    inbox(camel.spool(spool), live, checkpoints, route)));
      }
      case ShadowSource shadow ->
          route(
              Shadows.reading(shadow, original.apply(shadow)),
              live,
              Shadows.epochs(shadow, around.epochs()),
              checkpoints);
    }
    return live;
  }

  private LiveSource live(
      SourceConfig source,
      Sources.Owner owner,
      DeadLetters letters,
      HiddenLetters hidden,
      Optional<Registry> schemas,
      Optional<Redirect> redirect) {
    SourceRun run = SourceRun.of(source, around.collections(), around.creator(), letters, paces);
    run.gate().close(paused(source.name()).read());
    if (around.store().find(source.name()).map(SourceStore.Stored::isPaused).orElse(false)) {
      run.gate().close(Sources.PAUSED);
    }
    Optional<SchemaRegistry> registry = schemas.map(SchemaRegistry::new);
    return new LiveSource(
        source,
        owner,
        run,
        hidden,
        new AtomicLong(),
        new RecordDecoder(
            around.filters(),
            registry.map(found -> found),
            around.inference(),
            around.embedder(),
            redirect),
        registry);
  }

  private void route(
      KafkaSource topics, LiveSource live, SourceEpochs epochs, CheckpointFile checkpoints) {
    routes.add(
        SourceRoutes.Scheme.KAFKA,
        topics.name(),
        live.decoder(),
        route ->
            new KafkaIntake(
                topics, live.run(), epochs, checkpoints, budget, around.dataId(), route));
  }

  private Intake inbox(
      FilesSource folder, LiveSource live, CheckpointFile checkpoints, Intake.Route route) {
    return new InboxIntake(
        folder, live.run(), around.epochs(), checkpoints, inboxState(folder.name()), budget, route);
  }

  private Path inboxState(String source) {
    return config.ingestFolder().resolve("inbox").resolve(source);
  }

  CheckpointFile checkpoints(String source) {
    return new CheckpointFile(config.ingestFolder(), source);
  }

  private static Redirect redirect(ShadowSource shadow) {
    return new Redirect(shadow.collections(), shadow.into());
  }

  private static DeadLetters letters(KafkaSource topics, DeadLetters files) {
    List<String> faults = KafkaProperties.faults(topics.properties());
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(
          "Source '" + topics.name() + "': " + String.join("; ", faults));
    }
    return topics
        .deadLetters()
        .<DeadLetters>map(topic -> new KafkaDeadLetters(topics, topic, files))
        .orElse(files);
  }

  PausedStreams paused(String source) {
    return new PausedStreams(config.ingestFolder(), source);
  }
}
