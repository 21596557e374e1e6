package io.millrace.app.link;

import com.google.protobuf.ByteString;
import io.millrace.api.SourceControl;
import io.millrace.app.link.wire.Wire;
import io.millrace.catalog.SchemaCodec;
import io.millrace.meter.Jobs;
import io.millrace.meter.MergeLog;
import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Placement;
import io.millrace.model.QuotaConfig;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorConfig.Quantization;
import io.millrace.model.VectorDatatype;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;

/// Model values and their messages, both directions side by side.
final class Shapes {
  private Shapes() {}

  static Wire.Config config(CollectionConfig config) {
    Wire.Config.Builder wire =
        Wire.Config.newBuilder()
            .setIndexingThresholdKb(config.indexingThresholdKb())
            .setDefersPoints(config.defersPoints())
            .setDescription(ByteString.copyFrom(config.description().utf8()))
            .setPayloadSchema(ByteString.copyFrom(SchemaCodec.encode(config.payloadSchema())));
    config
        .vectors()
        .forEach((name, vector) -> {
          Wire.Vector.Builder one =
              Wire.Vector.newBuilder()
                  .setName(name)
                  .setSize(vector.size())
                  .setDistance(vector.distance().name())
                  .setM(vector.m())
                  .setEfConstruct(vector.efConstruct())
                  .setFullScanThresholdKb(vector.fullScanThresholdKb())
                  .setDatatype(vector.datatype().name())
                  .setMulti(vector.isMulti())
                  .setSince(vector.since())
                  .setPayloadM(vector.payloadM())
                  .setColdRows(vector.placement().coldRows())
                  .setColdGraph(vector.placement().coldGraph())
                  .setColdQuantized(vector.placement().coldQuantized());
          switch (vector.quantization()) {
            case Quantization.None() -> {}
            case Quantization.Scalar(float quantile) -> one.setScalarQuantile(quantile);
          }
          wire.addVectors(one);
        });
    config
        .sparse()
        .forEach((name, sparse) ->
            wire.addSparse(
                Wire.Sparse.newBuilder()
                    .setName(name)
                    .setIdf(sparse.idf())
                    .setSince(sparse.since())));
    return wire.build();
  }

  static Wire.Quotas quotas(QuotaConfig quotas) {
    Wire.Quotas.Builder wire = Wire.Quotas.newBuilder().setEnabled(quotas.enabled());
    quotas.residentMemory().ifPresent(wire::setResidentMemoryPercent);
    quotas.diskUsage().ifPresent(wire::setDiskUsagePercent);
    quotas.releaseMargin().ifPresent(wire::setReleaseMarginPercent);
    return wire.build();
  }

  static QuotaConfig quotas(Wire.Quotas wire) {
    return new QuotaConfig(
        wire.getEnabled(),
        present(wire.hasResidentMemoryPercent(), wire.getResidentMemoryPercent()),
        present(wire.hasDiskUsagePercent(), wire.getDiskUsagePercent()),
        present(wire.hasReleaseMarginPercent(), wire.getReleaseMarginPercent()));
  }

  private static OptionalInt present(boolean isThere, int value) {
    return isThere ? OptionalInt.of(value) : OptionalInt.empty();
  }

  static CollectionConfig config(Wire.Config wire) {
    var vectors = new TreeMap<String, VectorConfig>();
    for (Wire.Vector vector : wire.getVectorsList()) {
      vectors.put(
          vector.getName(),
          new VectorConfig(
              vector.getSize(),
              Distance.valueOf(vector.getDistance()),
              vector.getM(),
              vector.getEfConstruct(),
              vector.getFullScanThresholdKb(),
              vector.hasScalarQuantile()
                  ? new Quantization.Scalar(vector.getScalarQuantile())
                  : new Quantization.None(),
              VectorDatatype.valueOf(vector.getDatatype()),
              vector.getMulti(),
              vector.getSince(),
              vector.hasPayloadM() ? vector.getPayloadM() : vector.getM(),
              new Placement(
                  vector.getColdRows(), vector.getColdGraph(), vector.getColdQuantized())));
    }
    var sparse = new TreeMap<String, SparseConfig>();
    for (Wire.Sparse one : wire.getSparseList()) {
      sparse.put(one.getName(), new SparseConfig(one.getIdf(), one.getSince()));
    }
    return new CollectionConfig(
        vectors,
        sparse,
        wire.getIndexingThresholdKb(),
        wire.getDefersPoints(),
        new PayloadBytes(wire.getDescription().toByteArray()),
        SchemaCodec.decode(wire.getPayloadSchema().toByteArray()));
  }

  static Wire.AliasAction alias(AliasAction action) {
    Wire.AliasAction.Builder wire = Wire.AliasAction.newBuilder();
    switch (action) {
      case AliasAction.Create(String alias, String collection) ->
          wire.getCreateBuilder().setAlias(alias).setCollection(collection);
      case AliasAction.Delete(String alias) -> wire.setDelete(alias);
      case AliasAction.Rename(String from, String to) ->
          wire.getRenameBuilder().setFrom(from).setTo(to);
    }
    return wire.build();
  }

  static List<AliasAction> aliases(Wire.ChangeAliases wire) {
    var actions = new ArrayList<AliasAction>();
    for (Wire.AliasAction action : wire.getActionsList()) {
      actions.add(
          switch (action.getKindCase()) {
            case CREATE ->
                new AliasAction.Create(
                    action.getCreate().getAlias(), action.getCreate().getCollection());
            case DELETE -> new AliasAction.Delete(action.getDelete());
            case RENAME ->
                new AliasAction.Rename(action.getRename().getFrom(), action.getRename().getTo());
            case KIND_NOT_SET -> throw new IllegalArgumentException("an alias action of no kind");
          });
    }
    return actions;
  }

  static Wire.Failed failure(Throwable thrown) {
    Wire.Failed.Builder wire =
        Wire.Failed.newBuilder().setMessage(String.valueOf(thrown.getMessage()));
    if (!(thrown instanceof Failure failure)) {
      return wire.setMessage(
              "The ingest process failed: "
                  + thrown.getClass().getSimpleName()
                  + ": "
                  + thrown.getMessage())
          .setKind(Wire.Failed.Kind.UNEXPECTED)
          .build();
    }
    wire.setKind(
        switch (failure) {
          case BadInput bad -> {
            wire.setInputKind(bad.kind().name()).setInputRule(bad.rule().name());
            yield Wire.Failed.Kind.BAD_INPUT;
          }
          case Failure.NotFound n -> Wire.Failed.Kind.NOT_FOUND;
          case Failure.AlreadyExists a -> Wire.Failed.Kind.ALREADY_EXISTS;
          case Failure.TooMuch t -> {
            wire.setRetryAfterMillis(t.retryAfter().toMillis());
            yield Wire.Failed.Kind.TOO_MUCH;
          }
          case Failure.TimedOut t -> Wire.Failed.Kind.TIMED_OUT;
          case Failure.Unavailable u -> Wire.Failed.Kind.UNAVAILABLE;
          case Failure.StorageFull s -> Wire.Failed.Kind.STORAGE_FULL;
          case Failure.Damaged d -> Wire.Failed.Kind.DAMAGED;
        });
    return wire.build();
  }

  /// Unexpected failures arrive as [IllegalStateException], as a bug of this process would.
  static RuntimeException failure(Wire.Failed wire) {
    String message = wire.getMessage();
    return switch (wire.getKind()) {
      case BAD_INPUT ->
          new BadInput(
              BadInput.Kind.valueOf(wire.getInputKind().toUpperCase(Locale.ROOT)),
              BadInput.Rule.valueOf(wire.getInputRule().toUpperCase(Locale.ROOT)),
              message);
      case NOT_FOUND -> new Failure.NotFound(message);
      case ALREADY_EXISTS -> new Failure.AlreadyExists(message);
      case TOO_MUCH -> new Failure.TooMuch(message, Duration.ofMillis(wire.getRetryAfterMillis()));
      case TIMED_OUT -> new Failure.TimedOut(message);
      case UNAVAILABLE -> new Failure.Unavailable(message);
      case STORAGE_FULL -> new Failure.StorageFull(message);
      case DAMAGED -> new Failure.Damaged(message);
      case UNEXPECTED, UNRECOGNIZED -> new IllegalStateException(message);
    };
  }

  static Wire.Job job(Jobs.Job job) {
    return Wire.Job.newBuilder()
        .setId(job.id())
        .setKind(job.kind().name())
        .setAbout(job.about())
        .setField(job.field())
        .setBegun(job.begun().toString())
        .setDone(job.done())
        .setOf(job.of())
        .setTookNanos(job.took().toNanos())
        .setOutcome(job.outcome().map(Enum::name).orElse(""))
        .build();
  }

  static Jobs.Job job(Wire.Job job) {
    return new Jobs.Job(
        job.getId(),
        Jobs.Kind.valueOf(job.getKind()),
        job.getAbout(),
        job.getField(),
        Instant.parse(job.getBegun()),
        job.getDone(),
        job.getOf(),
        Duration.ofNanos(job.getTookNanos()),
        Optional.of(job.getOutcome()).filter(how -> !how.isEmpty()).map(Jobs.Outcome::valueOf));
  }

  static Wire.Merge merge(String collection, MergeLog.Merge merge) {
    Wire.Merge.Builder wire =
        Wire.Merge.newBuilder()
            .setCollection(collection)
            .setId(merge.id().toString())
            .setKind(merge.kind().name())
            .setBegun(merge.begun().toString());
    merge
        .parts()
        .forEach(part ->
            wire.addParts(
                Wire.Merge.Part.newBuilder().setId(part.id().toString()).setPoints(part.points())));
    merge
        .ended()
        .ifPresent(ended ->
            wire.setEnded(
                Wire.Merge.Ended.newBuilder()
                    .setAt(ended.at().toString())
                    .setHow(ended.how().name())));
    return wire.build();
  }

  static MergeLog.Merge merge(Wire.Merge merge) {
    return new MergeLog.Merge(
        UUID.fromString(merge.getId()),
        MergeLog.Kind.valueOf(merge.getKind()),
        merge.getPartsList().stream()
            .map(part -> new MergeLog.Part(UUID.fromString(part.getId()), part.getPoints()))
            .toList(),
        Instant.parse(merge.getBegun()),
        merge.hasEnded()
            ? Optional.of(
                new MergeLog.Ended(
                    Instant.parse(merge.getEnded().getAt()),
                    MergeLog.Outcome.valueOf(merge.getEnded().getHow())))
            : Optional.empty());
  }

  static Wire.AskSources question(SourceControl.Question question) {
    return Wire.AskSources.newBuilder()
        .setKind(question.kind().name())
        .setSource(question.source())
        .setBody(question.body())
        .addAllNames(question.names())
        .setPatienceMillis(question.patience().toMillis())
        .build();
  }

  static SourceControl.Question question(Wire.AskSources question) {
    return new SourceControl.Question(
        SourceControl.Kind.valueOf(question.getKind()),
        question.getSource(),
        question.getBody(),
        question.getNamesList(),
        Duration.ofMillis(question.getPatienceMillis()));
  }
}
