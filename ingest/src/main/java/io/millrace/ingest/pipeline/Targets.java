package io.millrace.ingest.pipeline;

import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Submission;
import io.millrace.collection.WriteBatch;
import io.millrace.model.Deadline;
import io.millrace.model.Operation;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/// Finds collections by what records and bindings call them.
public interface Targets {

  /// By name or alias, as REST writes do.
  Optional<Target> find(String nameOrAlias);

  List<Target> all();

  static Targets of(Collections collections) {
    return new Targets() {
      @Override
      public Optional<Target> find(String nameOrAlias) {
        return collections.find(nameOrAlias).map(Door::new);
      }

      @Override
      public List<Target> all() {
        return collections.names().stream().flatMap(name -> find(name).stream()).toList();
      }
    };
  }

  /// A collection behind its door.
  record Door(Collection collection) implements Target {
    public Door {
      Objects.requireNonNull(collection);
    }

    @Override
    public String name() {
      return collection.name();
    }

    @Override
    public long uid() {
      return collection.uid();
    }

    @Override
    public void validate(List<Operation> operations) {
      collection.validate(operations);
    }

    @Override
    public Submission submit(WriteBatch batch) {
      return collection.submit(batch);
    }

    @Override
    public OptionalLong position(String source, long epoch, String stream) {
      return collection.position(source, epoch, stream);
    }

    @Override
    public void awaitSearchable(Deadline deadline) {
      collection.awaitSearchable(collection.progress().logged(), deadline);
    }

    @Override
    public long logged() {
      return collection.progress().logged();
    }

    @Override
    public long searchable() {
      return collection.progress().searchable();
    }

    @Override
    public long pointCount() {
      return collection.info().points();
    }
  }
}
