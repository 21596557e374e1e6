package io.millrace.ingest.pipeline;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Limits;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import io.millrace.ingest.pipeline.StreamLane.MadeAgain;
import io.millrace.ingest.pipeline.StreamLane.Refill;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.model.BadInput;
import io.millrace.model.Operation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The collections that one stream goes to: found by name, made if the binding says so, waited for;
/// up to where each of them has the stream; and what they refuse. The stream's own thread.
final class LaneCollections {
  private final SourceRun run;
  private final long epoch;
  private final String stream;
  private final Optional<Binding> binding;
  private final Refill refill;
  private final LaneRetries retries;
  private final Map<Long, Long> durable = new HashMap<>(); // highest durable number by collection
  private final Set<Long> fed = new HashSet<>();

  /// Finishes what is under way before a long wait.
  interface Settling {
    /// Who has nothing that it could finish.
    Settling NOTHING = () -> {};

    void settle() throws InterruptedException;
  }

  LaneCollections(
      SourceRun run,
      long epoch,
      String stream,
      Optional<Binding> binding,
      Refill refill,
      LaneRetries retries,
      Set<Long> fed) {
    this.run = run;
    this.epoch = epoch;
    this.stream = stream;
    this.binding = binding;
    this.refill = refill;
    this.retries = retries;
    this.fed.addAll(fed);
  }

  /// Collections that the stream has gone to.
  Set<Long> fed() {
    return Set.copyOf(fed);
  }

  /// Everything up to that number is durable in the collection.
  void reached(long uid, long number) {
    durable.put(uid, number);
  }

  /// The collection is asked again: a failed log may hold more or less than was thought.
  void forget(long uid) {
    durable.remove(uid);
  }

  /// Records up to here are durable in the collection. Asked once, and again after a failure.
  long durablePosition(Target target) throws InterruptedException {
    Long known = durable.get(target.uid());
    if (known == null) {
      known =
          retries.persistent(
              target.name(),
              () -> target.position(run.name(), epoch, stream).orElse(Long.MIN_VALUE));
      durable.put(target.uid(), known);
    }
    return known;
  }

  Optional<Decoded.Bad> check(Target target, List<Operation> operations)
      throws InterruptedException {
    try {
      return retries.persistent(
          target.name(),
          () -> {
            target.validate(operations);
            return Optional.empty();
          });
    } catch (BadInput refused) {
      return Optional.of(Decoded.Bad.of(refused));
    }
  }

  sealed interface Resolved {
    record Found(Target target) implements Resolved {}

    record Refused(Decoded.Bad reason) implements Resolved {}
  }

  /// The collection of that name, made if the binding says so, waited for if it is the binding's
  /// own and missing.
  ///
  /// @param before the wait
  Resolved resolve(String name, Settling before) throws InterruptedException {
    Backoff backoff = run.paces().parked().start();
    boolean waited = false;
    while (true) {
      Optional<Target> found = retries.persistent(() -> run.targets().find(name));
      if (found.isPresent()) {
        if (waited) {
          retries.running();
        }
        retries.found(name);
        boolean isNew = fed.add(found.get().uid());
        if (isNew && fed.size() > 1 && refill == Refill.FROM_START && isFixed()) {
          throw new MadeAgain(name);
        }
        return new Resolved.Found(found.get());
      }
      Optional<String> template = binding.flatMap(Binding::create);
      if (template.isPresent()) {
        Optional<Decoded.Bad> refused = create(template.get(), name);
        if (refused.isPresent()) {
          return new Resolved.Refused(refused.get());
        }
        continue;
      }
      if (!isFixed() || run.onMissing() == OnMissingCollection.DEAD) {
        return new Resolved.Refused(
            new Decoded.Bad(
                Code.NO_COLLECTION, "/collection_name", "There is no collection '" + name + "'"));
      }
      before.settle();
      if (!waited) {
        run.counts().addParked();
      }
      waited = true;
      retries.parkMissing(name, backoff);
    }
  }

  private boolean isFixed() {
    return binding.isPresent() && binding.get().isFixed();
  }

  private Optional<Decoded.Bad> create(String template, String name) throws InterruptedException {
    try {
      return switch (retries.persistent(() -> run.creator().create(template, name))) {
        case EXISTS -> Optional.empty();
        case NOT_MATCHING ->
            Optional.of(
                new Decoded.Bad(
                    Code.NO_COLLECTION,
                    "/collection_name",
                    "There is no collection '"
                        + name
                        + "', and the template '"
                        + template
                        + "' does not make it"));
        case LIMIT ->
            Optional.of(
                new Decoded.Bad(
                    Code.COLLECTION_LIMIT,
                    "/collection_name",
                    "The template '" + template + "' makes no more collections"));
      };
    } catch (BadInput refused) {
      return Optional.of(
          new Decoded.Bad(
              Code.COLLECTION_NOT_ALLOWED,
              "/collection_name",
              String.valueOf(refused.getMessage())));
    }
  }

  /// Of the points a collection may have. Counted as readers see them, so a burst can pass it a
  /// little.
  Optional<Decoded.Bad> overLimit(Target into, List<Operation> operations, LaneGroup group) {
    OptionalLong most = binding.map(Binding::limits).orElse(Limits.NONE).points();
    if (most.isEmpty() || operations.stream().noneMatch(LaneCollections::adds)) {
      return Optional.empty();
    }
    if (into.pointCount() + group.items().size() < most.getAsLong()) {
      return Optional.empty();
    }
    return Optional.of(
        new Decoded.Bad(
            Code.POINT_LIMIT,
            "",
            "The collection '"
                + into.name()
                + "' has the "
                + most.getAsLong()
                + " points that the binding allows"));
  }

  private static boolean adds(Operation operation) {
    return operation instanceof Operation.Upsert
        || operation instanceof Operation.Versioned(var inner, var version)
            && inner instanceof Operation.Upsert;
  }
}
