package io.millrace.app.link;

import com.google.protobuf.UnsafeByteOperations;
import io.millrace.api.UpdateResult;
import io.millrace.api.WriteGateway;
import io.millrace.app.link.wire.Wire;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.WriteBatch;
import io.millrace.model.AliasAction;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.QuotaConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Passes the writes of a query process to the ingest process. What was waited for is visible in
/// this process's next read: the ingest process publishes it first, and it is opened here before
/// the answer goes out.
public final class LinkGateway implements WriteGateway {
  /// For what is only waited for until it is durable; an fsync that takes longer hangs.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final LinkClient link;
  private final Collections collections;

  /// @param collections of this process, following those of the ingest process
  public LinkGateway(LinkClient link, Collections collections) {
    this.link = link;
    this.collections = collections;
  }

  @Override
  public void createCollection(String name, CollectionConfig config) {
    change(
        Wire.Request.newBuilder()
            .setCreate(
                Wire.CreateCollection.newBuilder().setName(name).setConfig(Shapes.config(config)))
            .build());
  }

  @Override
  public void updateCollection(String nameOrAlias, CollectionConfig config) {
    Wire.Request update =
        Wire.Request.newBuilder()
            .setUpdate(
                Wire.UpdateCollection.newBuilder()
                    .setName(nameOrAlias)
                    .setConfig(Shapes.config(config)))
            .build();
    Wire.Done done = change(update).getDone();
    collections
        .find(nameOrAlias)
        .ifPresent(collection -> collection.writerIsBusy(done.getBusy(), done.getLook()));
  }

  @Override
  public boolean dropCollection(String name) {
    return change(
            Wire.Request.newBuilder()
                .setDrop(Wire.DropCollection.newBuilder().setName(name))
                .build())
        .getDropped()
        .getExisted();
  }

  @Override
  public void changeAliases(List<AliasAction> actions) {
    Wire.ChangeAliases.Builder change = Wire.ChangeAliases.newBuilder();
    actions.forEach(action -> change.addActions(Shapes.alias(action)));
    change(Wire.Request.newBuilder().setChangeAliases(change).build());
  }

  @Override
  public void changeQuotas(QuotaConfig quotas) {
    change(Wire.Request.newBuilder().setChangeQuotas(Shapes.quotas(quotas)).build());
  }

  /// A change of the catalog: seen here before it is answered, also when a later step of it failed.
  private Wire.Reply change(Wire.Request request) {
    try {
      return link.call(request, Deadline.in(PATIENCE));
    } finally {
      if (link.isUp()) {
        collections.refreshFromDisk();
      }
    }
  }

  @Override
  public UpdateResult submit(String name, List<Operation> operations, Wait wait) {
    byte[] batch = WriteBatch.interactive(operations.toArray(Operation[]::new)).encode();
    Wire.Submit.Builder submit =
        Wire.Submit.newBuilder()
            .setCollection(name)
            .setBatch(UnsafeByteOperations.unsafeWrap(batch));
    Deadline deadline =
        switch (wait) {
          case Wait.None() -> Deadline.in(PATIENCE);
          case Wait.Searchable(Duration atMost) -> {
            submit.setWaitMillis(atMost.toMillis());
            yield Deadline.in(atMost);
          }
        };
    // The other side keeps the time of the wait; here it is only bounded.
    Wire.Submitted submitted =
        link.call(
                Wire.Request.newBuilder().setSubmit(submit).build(),
                Deadline.in(Duration.ofNanos(deadline.remainingNanos()).plus(PATIENCE)))
            .getSubmitted();
    UpdateResult.Status status =
        switch (submitted.getState()) {
          case ACKNOWLEDGED -> UpdateResult.Status.ACKNOWLEDGED;
          case COMPLETED -> see(name, submitted.getLastSequence(), deadline);
          case WAIT_TIMEOUT, UNRECOGNIZED -> UpdateResult.Status.WAIT_TIMEOUT;
        };
    return new UpdateResult(submitted.getLastSequence(), status, outcomes(submitted));
  }

  /// Opens the publication that holds `sequence`.
  private UpdateResult.Status see(String name, long sequence, Deadline deadline) {
    Collection collection =
        collections
            .find(name)
            .orElseGet(() -> {
              collections.refreshFromDisk();
              return collections.require(name);
            });
    collection.refresh();
    try {
      collection.awaitSearchable(sequence, deadline);
      return UpdateResult.Status.COMPLETED;
    } catch (Failure.TimedOut late) {
      return UpdateResult.Status.WAIT_TIMEOUT;
    }
  }

  private static List<Optional<Failure>> outcomes(Wire.Submitted submitted) {
    var failures = new ArrayList<Optional<Failure>>();
    for (Wire.Outcome outcome : submitted.getOutcomesList()) {
      failures.add(
          outcome.hasFailure() && Shapes.failure(outcome.getFailure()) instanceof Failure failure
              ? Optional.of(failure)
              : Optional.empty());
    }
    return failures;
  }
}
