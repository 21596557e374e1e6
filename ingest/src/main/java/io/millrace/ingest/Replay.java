package io.millrace.ingest;

import io.millrace.collection.WriteBatch;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.deadletter.HiddenLetters;
import io.millrace.ingest.deadletter.Positions;
import io.millrace.ingest.pipeline.Target;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.model.BadInput;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/// Tries dead letters again with today's configuration, oldest first. They have no position any
/// more: what came behind them in their stream was applied long ago. So a letter with versions is
/// applied as it is, and one without may, unless forced, only insert points that are missing.
final class Replay {
  private final SourceConfig source;
  private final RecordDecoder decoder;
  private final Targets targets;
  private final DeadLetters letters;
  private final HiddenLetters hidden;

  Replay(
      SourceConfig source,
      RecordDecoder decoder,
      Targets targets,
      DeadLetters letters,
      HiddenLetters hidden) {
    this.source = source;
    this.decoder = decoder;
    this.targets = targets;
    this.letters = letters;
    this.hidden = hidden;
  }

  Replayed.Result one(DeadLetters.Kept letter, Replayed.Mode mode, Replayed.Run run)
      throws InterruptedException {
    String id = letter.entry().id();
    Decoded decoded = decode(letter);
    return switch (decoded) {
      case Decoded.Bad bad -> refused(letter, bad, run);
      case Decoded.Dropped ignored ->
          new Replayed.Result(id, Replayed.Outcome.REPLAYED, "no change");
      case Decoded.Operations(String collection, List<Operation> operations) -> {
        Optional<Target> target = targets.find(collection);
        if (target.isEmpty()) {
          yield refused(
              letter,
              new Decoded.Bad(
                  Code.NO_COLLECTION,
                  "/collection_name",
                  "There is no collection '" + collection + "'"),
              run);
        }
        Optional<List<Operation>> allowed =
            mode == Replayed.Mode.FORCE ? Optional.of(operations) : safe(operations);
        if (allowed.isEmpty()) {
          yield new Replayed.Result(
              id,
              Replayed.Outcome.UNSAFE,
              "It has no version, and could undo newer data; mode force applies it");
        }
        yield apply(letter, target.get(), allowed.get(), run);
      }
    };
  }

  private Decoded decode(DeadLetters.Kept letter) {
    if (!letter.isWhole()) {
      return new Decoded.Bad(Code.TOO_LARGE, "", "Only the beginning of the value was kept");
    }
    boolean file = letter.topic().startsWith("file:");
    String from = file ? letter.topic().substring("file:".length()) : letter.topic();
    Optional<Binding> binding =
        source.bindings().stream().filter(rule -> rule.matches(from)).findFirst();
    Origin origin = file ? new Origin.DroppedFile(from) : new Origin.Topic(from);
    return binding.isEmpty()
        ? new Decoded.Bad(Code.NO_COLLECTION, "", "No binding of the source takes '" + from + "'")
        : decoder.decode(letter.record(), origin, binding.get());
  }

  /// Empty when an operation could undo what is newer.
  private static Optional<List<Operation>> safe(List<Operation> operations) {
    List<Operation> safe = new ArrayList<>();
    for (Operation operation : operations) {
      switch (operation) {
        case Operation.Versioned versioned -> safe.add(versioned);
        case Operation.Upsert(var points, var when)
            when when.mode() != Precondition.Mode.UPDATE_ONLY ->
            safe.add(
                new Operation.Upsert(
                    points, new Precondition(Precondition.Mode.INSERT_ONLY, Optional.empty())));
        case Operation.Upsert ignored -> {
          return Optional.empty();
        }
        case Operation.Delete ignored -> {
          return Optional.empty();
        }
        case Operation.SetPayload ignored -> {
          return Optional.empty();
        }
        case Operation.OverwritePayload ignored -> {
          return Optional.empty();
        }
        case Operation.DeletePayload ignored -> {
          return Optional.empty();
        }
        case Operation.ClearPayload ignored -> {
          return Optional.empty();
        }
        case Operation.UpdateVectors ignored -> {
          return Optional.empty();
        }
        case Operation.DeleteVectors ignored -> {
          return Optional.empty();
        }
      }
    }
    return Optional.of(safe);
  }

  private Replayed.Result apply(
      DeadLetters.Kept letter, Target target, List<Operation> operations, Replayed.Run run)
      throws InterruptedException {
    String id = letter.entry().id();
    try {
      target.validate(operations);
      if (run == Replayed.Run.FOR_REAL) {
        target
            .submit(new WriteBatch(WriteBatch.Lane.STREAM, operations, List.of()))
            .durable()
            .get();
        hidden.add(List.of(id));
      }
      return new Replayed.Result(id, Replayed.Outcome.REPLAYED, "into " + target.name());
    } catch (BadInput bad) {
      return refused(letter, Decoded.Bad.of(bad), run);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Failure failure
          ? failure
          : new Failure.Unavailable("The log could not be written", e);
    }
  }

  /// The letter stays, with today's reason.
  private Replayed.Result refused(DeadLetters.Kept letter, Decoded.Bad bad, Replayed.Run run)
      throws InterruptedException {
    DeadLetters.Entry old = letter.entry();
    boolean changed = !old.code().equals(bad.code().name()) || !old.message().equals(bad.message());
    if (run == Replayed.Run.FOR_REAL && changed && letter.isWhole()) {
      String stream = Positions.stream(old.position());
      letters.write(
          List.of(
              new DeadLetter(
                  source.name(),
                  Long.parseLong(old.id(), 0, old.id().indexOf(':'), 10),
                  stream,
                  letter.topic(),
                  partition(stream),
                  letter.record(),
                  old.collection().isEmpty() ? Optional.empty() : Optional.of(old.collection()),
                  bad,
                  Instant.now())));
    }
    return new Replayed.Result(
        old.id(), Replayed.Outcome.REFUSED, bad.code() + ": " + bad.message());
  }

  private static long partition(String stream) {
    try {
      return Long.parseLong(stream, stream.lastIndexOf('/') + 1, stream.length(), 10);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
