package io.millrace.ingest.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A named, configured origin of records.
public sealed interface SourceConfig {

  /// `[a-z0-9][a-z0-9-]{0,62}`.
  String name();

  List<Binding> bindings();

  Trouble trouble();

  /// What happens to a record that can never succeed.
  enum OnBad {
    DEAD,
    /// The stream stops before it.
    BLOCK,
    /// Counted only.
    SKIP
  }

  /// What happens when the fixed collection of a binding does not exist.
  enum OnMissingCollection {
    /// The stream waits for it.
    PARK,
    /// Each record becomes a dead letter.
    DEAD
  }

  /// What happens when positions do not count any more.
  enum OnLost {
    STOP,
    /// A new life from `start`, or from the earliest record still there.
    RESTART,
    LATEST
  }

  /// Topics of a Kafka cluster.
  ///
  /// @param bootstrap `host:port[,host:port]`
  /// @param properties for the client, see `KafkaProperties`
  /// @param topics names and globs
  /// @param start where the first life begins
  /// @param consumers poll threads
  /// @param onTruncated the position is out of the range of the log
  /// @param onTopicRecreated the topic has another id than the positions belong to
  /// @param onClusterChanged the cluster has another id than the positions belong to
  /// @param assignment which partitions this server reads
  /// @param deadLetters topic of the dead letters; absent = the file store
  /// @param registry of the schemas of values
  record KafkaSource(
      String name,
      String bootstrap,
      Map<String, String> properties,
      List<String> topics,
      Start start,
      int consumers,
      Trouble trouble,
      OnLost onTruncated,
      OnLost onTopicRecreated,
      OnLost onClusterChanged,
      Assignment assignment,
      Optional<String> deadLetters,
      Optional<Registry> registry,
      List<Binding> bindings)
      implements SourceConfig {
    public KafkaSource {
      checkName(name);
      properties = Map.copyOf(properties);
      topics = List.copyOf(topics);
      bindings = List.copyOf(bindings);
      if (consumers < 1 || consumers > 64) {
        throw new IllegalArgumentException("consumers must be 1 to 64, got " + consumers);
      }
    }

    public static KafkaSource of(
        String name, String bootstrap, List<String> topics, List<Binding> bindings) {
      return new KafkaSource(
          name,
          bootstrap,
          Map.of(),
          topics,
          new Start.Earliest(),
          1,
          Trouble.DEFAULT,
          OnLost.STOP,
          OnLost.STOP,
          OnLost.STOP,
          Assignment.ALL,
          Optional.of("millrace-dead-" + name),
          Optional.empty(),
          bindings);
    }

    public KafkaSource withRegistry(Registry schemas) {
      return new KafkaSource(
          name,
          bootstrap,
          properties,
          topics,
          start,
          consumers,
          trouble,
          onTruncated,
          onTopicRecreated,
          onClusterChanged,
          assignment,
          deadLetters,
          Optional.of(schemas),
          bindings);
    }

    public KafkaSource withAssignment(Assignment partitions) {
      return new KafkaSource(
          name,
          bootstrap,
          properties,
          topics,
          start,
          consumers,
          trouble,
          onTruncated,
          onTopicRecreated,
          onClusterChanged,
          partitions,
          deadLetters,
          registry,
          bindings);
    }

    public KafkaSource withTrouble(Trouble rules) {
      return new KafkaSource(
          name,
          bootstrap,
          properties,
          topics,
          start,
          consumers,
          rules,
          onTruncated,
          onTopicRecreated,
          onClusterChanged,
          assignment,
          deadLetters,
          registry,
          bindings);
    }

    public KafkaSource withProperties(Map<String, String> clientProperties) {
      return new KafkaSource(
          name,
          bootstrap,
          clientProperties,
          topics,
          start,
          consumers,
          trouble,
          onTruncated,
          onTopicRecreated,
          onClusterChanged,
          assignment,
          deadLetters,
          registry,
          bindings);
    }

    public KafkaSource withStart(Start firstLife) {
      return new KafkaSource(
          name,
          bootstrap,
          properties,
          topics,
          firstLife,
          consumers,
          trouble,
          onTruncated,
          onTopicRecreated,
          onClusterChanged,
          assignment,
          deadLetters,
          registry,
          bindings);
    }

    public KafkaSource withBad(OnBad bad, Optional<String> deadLetterTopic) {
      return new KafkaSource(
          name,
          bootstrap,
          properties,
          topics,
          start,
          consumers,
          trouble.with(bad),
          onTruncated,
          onTopicRecreated,
          onClusterChanged,
          assignment,
          deadLetterTopic,
          registry,
          bindings);
    }

    public KafkaSource withLost(OnLost truncated, OnLost recreated) {
      return new KafkaSource(
          name,
          bootstrap,
          properties,
          topics,
          start,
          consumers,
          trouble,
          truncated,
          recreated,
          onClusterChanged,
          assignment,
          deadLetters,
          registry,
          bindings);
    }
  }

  /// A folder into which finished files are dropped.
  ///
  /// @param path the inbox; `done`, `failed` and `.millrace` are made in it
  /// @param settle how long size and time must stay the same before a file counts as finished
  /// @param ready how a writer says that a file is finished
  /// @param maxBadRatio share of bad lines from which on a file counts as failed, 1.0 = only if all
  ///   are bad
  /// @param maxInflatedBytes largest file after decompression
  /// @param reapply read a file also when its content was read before
  /// @param recursive also files of sub-folders
  /// @param keep how long files lie in `done`; absent = for ever
  /// @param isSpool made by ourselves: names begin with a number and a dash that are not part of
  ///   them, and files that are done are removed
  record FilesSource(
      String name,
      Path path,
      Duration settle,
      Ready ready,
      double maxBadRatio,
      long maxInflatedBytes,
      boolean allowHardLinks,
      boolean reapply,
      boolean recursive,
      Optional<Duration> keep,
      boolean isSpool,
      Trouble trouble,
      List<Binding> bindings)
      implements SourceConfig {

    public enum Ready {
      /// Size and time did not change for `settle`.
      SETTLED,
      /// `<name>.done` exists.
      MARKER
    }

    public FilesSource {
      checkName(name);
      bindings = List.copyOf(bindings);
      if (keep.isPresent() && !keep.get().isPositive()) {
        throw new IllegalArgumentException("keep must be longer than 0");
      }
    }

    public static FilesSource of(String name, Path path, List<Binding> bindings) {
      return new FilesSource(
          name,
          path,
          Duration.ofSeconds(2),
          Ready.SETTLED,
          1.0,
          256L << 30,
          false,
          false,
          false,
          Optional.empty(),
          false,
          Trouble.DEFAULT,
          bindings);
    }

    public FilesSource withSettle(Duration unchanged) {
      return new FilesSource(
          name,
          path,
          unchanged,
          ready,
          maxBadRatio,
          maxInflatedBytes,
          allowHardLinks,
          reapply,
          recursive,
          keep,
          isSpool,
          trouble,
          bindings);
    }

    public FilesSource withReapply(boolean also) {
      return new FilesSource(
          name,
          path,
          settle,
          ready,
          maxBadRatio,
          maxInflatedBytes,
          allowHardLinks,
          also,
          recursive,
          keep,
          isSpool,
          trouble,
          bindings);
    }

    public FilesSource withReady(Ready how) {
      return new FilesSource(
          name,
          path,
          settle,
          how,
          maxBadRatio,
          maxInflatedBytes,
          allowHardLinks,
          reapply,
          recursive,
          keep,
          isSpool,
          trouble,
          bindings);
    }

    public FilesSource withRecursive(boolean also) {
      return new FilesSource(
          name,
          path,
          settle,
          ready,
          maxBadRatio,
          maxInflatedBytes,
          allowHardLinks,
          reapply,
          also,
          keep,
          isSpool,
          trouble,
          bindings);
    }

    public FilesSource withKeep(Duration done) {
      return new FilesSource(
          name,
          path,
          settle,
          ready,
          maxBadRatio,
          maxInflatedBytes,
          allowHardLinks,
          reapply,
          recursive,
          Optional.of(done),
          isSpool,
          trouble,
          bindings);
    }
  }

  /// Whatever a Camel component delivers. Each body is one object, as a file is: it is written into
  /// a folder of ours, then the component is told that it arrived, then it is read from there.
  ///
  /// @param uri of the consumer, as Camel writes it
  /// @param id what tells an object from others, in Camel's Simple language; an object that was
  ///   taken is not taken again. Absent = every delivery counts
  /// @param file its name, in the same language; decides binding and format
  /// @param spoolBytes the component waits while more than this is not yet read
  record CamelSource(
      String name,
      String uri,
      Optional<String> id,
      Optional<String> file,
      long spoolBytes,
      Trouble trouble,
      List<Binding> bindings)
      implements SourceConfig {
    public CamelSource {
      checkName(name);
      bindings = List.copyOf(bindings);
      if (uri.isBlank()) {
        throw new IllegalArgumentException("a source over Camel needs the 'uri' of a component");
      }
    }

    public static CamelSource of(String name, String uri, List<Binding> bindings) {
      return new CamelSource(
          name, uri, Optional.empty(), Optional.empty(), 1L << 30, Trouble.DEFAULT, bindings);
    }

    public CamelSource withNames(Optional<String> idExpression, Optional<String> fileExpression) {
      return new CamelSource(
          name, uri, idExpression, fileExpression, spoolBytes, trouble, bindings);
    }

    /// The folder that the objects are read from.
    public FilesSource spool(Path folder) {
      return new FilesSource(
          name,
          folder,
          Duration.ZERO,
          FilesSource.Ready.SETTLED,
          1.0,
          256L << 30,
          false,
          true,
          false,
          Optional.empty(),
          true,
          trouble,
          bindings);
    }
  }

  /// The records of a Kafka source once more, those of one collection only and into another one,
  /// which thereby becomes what the first would be today. They count as records of that source: the
  /// collection can take the first one's place and goes on behind the last it has.
  ///
  /// @param of the source that is read again
  /// @param collections names of the collection whose records are wanted, its aliases among them
  /// @param into the collection that gets them
  /// @param start where it begins; absent = behind what `into` has, as after a restored snapshot
  /// @param model that embeds all texts; absent = those that the records or the mapping name
  record ShadowSource(
      String name,
      String of,
      Set<String> collections,
      String into,
      Optional<Start> start,
      Optional<String> model)
      implements SourceConfig {
    public ShadowSource {
      checkName(name);
      collections = Set.copyOf(collections);
      if (of.equals(name)) {
        throw new IllegalArgumentException("a source cannot be its own shadow");
      }
      if (collections.isEmpty() || collections.contains(into)) {
        throw new IllegalArgumentException(
            "a shadow needs the 'collections' whose records it takes, and another one 'into' which"
                + " they go");
      }
    }

    @Override
    public List<Binding> bindings() {
      return List.of();
    }

    @Override
    public Trouble trouble() {
      return Trouble.DEFAULT.withParkTimeout(Duration.ZERO);
    }
  }

  private static void checkName(String name) {
    boolean fits = !name.isEmpty() && name.length() <= 63 && name.charAt(0) != '-';
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      fits &= c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-';
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "a source is named with 1 to 63 of a-z, 0-9 and -, the first no -; got '" + name + "'");
    }
  }
}
