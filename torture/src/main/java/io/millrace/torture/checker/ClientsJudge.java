package io.millrace.torture.checker;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.PointValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A collection in which every point belongs to one client and every client waits for its answers.
///
/// Per client there is one order of its changes, so one state, except that a change without an
/// answer may or may not have happened, as a whole. All states that this leaves open are kept side
/// by side; what the client reads and the next scan thin them out.
final class ClientsJudge implements Judge {
  /// Changes in doubt per client and scan: 2^6 states. A client stops after the first.
  private static final int MAX_STATES = 64;

  private final Past past = new Past();
  private final Map<Integer, Set<Model>> states = new LinkedHashMap<>();
  private final Map<String, Integer> owners = new HashMap<>();

  @Override
  public void sent(Event.Sent sent) {
    states.computeIfAbsent(sent.client(), client -> one(new Model(past)));
    if (sent.change() instanceof Change.Upsert(var points)) {
      points.forEach(point -> own(point.id(), sent.client()));
    }
  }

  @Override
  public void answered(Event.Sent sent, Answer answer) {
    Set<Model> before = statesOf(sent.client());
    Set<Model> after = new LinkedHashSet<>();
    for (Model model : before) {
      if (answer != Answer.DONE) {
        after.add(model);
      }
      if (answer != Answer.REFUSED) {
        Model changed = answer == Answer.DONE ? model : model.copy();
        changed.apply(sent.change());
        after.add(changed);
      }
    }
    if (after.size() > MAX_STATES) {
      throw new IllegalStateException(
          "client " + sent.client() + " has too many changes without an answer");
    }
    states.put(sent.client(), after);
  }

  @Override
  public void logged(Event.Logged logged) {
    throw new IllegalArgumentException("records do not belong into a collection of clients");
  }

  @Override
  public List<Violation> seen(Event.Seen seen) {
    Map<String, PointValue> points = new HashMap<>();
    seen.points().forEach(point -> points.put(point.id(), point));
    Set<Model> possible = new LinkedHashSet<>();
    List<Violation> closest = List.of();
    for (Model model : statesOf(seen.client())) {
      List<Violation> differences = model.only(seen.which()).differences(points);
      if (differences.isEmpty()) {
        possible.add(model);
      } else if (closest.isEmpty() || differences.size() < closest.size()) {
        closest = differences;
      }
    }
    if (possible.isEmpty()) {
      return closest.stream()
          .map(v -> new Violation(v.kind(), "client " + seen.client() + " read: " + v.text()))
          .toList();
    }
    states.put(seen.client(), possible);
    return List.of();
  }

  @Override
  public List<Violation> settle(Map<String, PointValue> scan) {
    Map<Integer, Map<String, PointValue>> byOwner = new HashMap<>();
    List<Violation> violations = new ArrayList<>();
    for (PointValue point : scan.values()) {
      Integer owner = owners.get(point.id());
      if (owner == null) {
        violations.add(Model.describe(point.id(), Optional.empty(), Optional.of(point), List.of()));
      } else {
        byOwner.computeIfAbsent(owner, key -> new HashMap<>()).put(point.id(), point);
      }
    }
    for (int client : List.copyOf(states.keySet())) {
      violations.addAll(settle(client, byOwner.getOrDefault(client, Map.of())));
    }
    return violations;
  }

  private List<Violation> settle(int client, Map<String, PointValue> scan) {
    Model closest = new Model(past);
    List<Violation> least = closest.differences(scan);
    boolean first = true;
    for (Model model : statesOf(client)) {
      List<Violation> differences = model.differences(scan);
      if (first || differences.size() < least.size()) {
        closest = model;
        least = differences;
        first = false;
      }
    }
    states.put(client, one(least.isEmpty() ? closest : Model.of(scan.values(), past)));
    return least.stream()
        .map(v -> new Violation(v.kind(), "client " + client + ": " + v.text()))
        .toList();
  }

  private void own(String id, int client) {
    Integer owner = owners.put(id, client);
    if (owner != null && owner != client) {
      throw new IllegalArgumentException("point " + id + " has two owners");
    }
  }

  private Set<Model> statesOf(int client) {
    return states.computeIfAbsent(client, key -> one(new Model(past)));
  }

  private static Set<Model> one(Model model) {
    Set<Model> set = new LinkedHashSet<>();
    set.add(model);
    return set;
  }
}
