package io.millrace.torture.checker;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Which;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A collection in which all clients write the same few points at the same time, each time as a
/// whole.
///
/// A write may be the last one of its point unless another one began after its answer and was
/// acknowledged: then that other one, or one like it, came later. A write without an answer may be
/// last, or never have happened.
final class SharedJudge implements Judge {

  /// One write of one point. Absent value = a delete.
  private static final class Write {
    final Optional<Stored> value;
    final long begun;
    long answered = Long.MAX_VALUE;
    boolean done;
    boolean refused;

    Write(Optional<Stored> value, long begun) {
      this.value = value;
      this.begun = begun;
    }

    boolean isOverwritten(List<Write> others) {
      return others.stream().anyMatch(other -> other.done && other.begun > answered);
    }
  }

  private final Past past = new Past();
  private final Map<String, Stored> settled = new HashMap<>();
  private final Map<String, List<Write>> writes = new HashMap<>();
  private final Map<Long, List<Write>> byOp = new HashMap<>();
  private long time;

  @Override
  public void sent(Event.Sent sent) {
    time++;
    List<Write> all = new ArrayList<>();
    switch (sent.change()) {
      case Change.Upsert(var points) -> {
        for (PointValue point : points) {
          Stored value = Stored.of(point);
          past.remember(point.id(), value);
          all.add(begin(point.id(), Optional.of(value)));
        }
      }
      case Change.Delete(Which.Ids(var ids)) ->
          ids.forEach(id -> all.add(begin(id, Optional.empty())));
      case Change.Delete d -> throw partial(d);
      case Change.SetPayload s -> throw partial(s);
      case Change.OverwritePayload o -> throw partial(o);
      case Change.DeletePayload d -> throw partial(d);
      case Change.UpdateVectors u -> throw partial(u);
      case Change.All a -> throw partial(a);
      case Change.Versioned v -> throw partial(v);
    }
    byOp.put(sent.op(), all);
  }

  @Override
  public void answered(Event.Sent sent, Answer answer) {
    time++;
    List<Write> all = byOp.remove(sent.op());
    if (all == null) {
      return;
    }
    for (Write write : all) {
      switch (answer) {
        case DONE -> {
          write.done = true;
          write.answered = time;
        }
        case REFUSED -> write.refused = true;
        case UNKNOWN -> {
          // It may take effect until the server is killed, which no write of this scan outlives.
        }
      }
    }
  }

  @Override
  public void logged(Event.Logged logged) {
    throw new IllegalArgumentException("records do not belong into a collection of clients");
  }

  @Override
  public List<Violation> seen(Event.Seen seen) {
    return List.of();
  }

  @Override
  public List<Violation> settle(Map<String, PointValue> scan) {
    List<Violation> violations = new ArrayList<>();
    Set<String> ids = new HashSet<>(settled.keySet());
    ids.addAll(writes.keySet());
    ids.addAll(scan.keySet());
    for (String id : ids) {
      Optional<PointValue> found = Optional.ofNullable(scan.get(id));
      List<Optional<Stored>> possible = possible(id);
      boolean fits =
          possible.stream()
              .anyMatch(state ->
                  state.isEmpty()
                      ? found.isEmpty()
                      : found.isPresent() && state.get().isShownBy(found.get()));
      if (!fits) {
        violations.add(
            Model.describe(
                id, possible.stream().flatMap(Optional::stream).findAny(), found, past.of(id)));
      }
    }
    settled.clear();
    scan.forEach((id, point) -> settled.put(id, Stored.of(point)));
    writes.clear();
    byOp.clear();
    return violations;
  }

  private List<Optional<Stored>> possible(String id) {
    List<Write> all = writes.getOrDefault(id, List.of()).stream().filter(w -> !w.refused).toList();
    List<Optional<Stored>> possible = new ArrayList<>();
    if (all.stream().noneMatch(write -> write.done)) {
      possible.add(Optional.ofNullable(settled.get(id)));
    }
    for (Write write : all) {
      if (!write.isOverwritten(all)) {
        possible.add(write.value);
      }
    }
    return possible;
  }

  private Write begin(String id, Optional<Stored> value) {
    var write = new Write(value, time);
    writes.computeIfAbsent(id, key -> new ArrayList<>()).add(write);
    return write;
  }

  private static IllegalArgumentException partial(Change change) {
    return new IllegalArgumentException("only whole writes by id can be shared: " + change.json());
  }
}
