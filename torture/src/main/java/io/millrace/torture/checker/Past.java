package io.millrace.torture.checker;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The last states every id has had in any model, so that a wrong one can be told apart: older,
/// half, or impossible.
final class Past {
  private static final int STATES_PER_ID = 64;

  private final Map<String, Deque<Stored>> byId = new HashMap<>();

  void remember(String id, Stored state) {
    Deque<Stored> states = byId.computeIfAbsent(id, key -> new ArrayDeque<>());
    states.addLast(state);
    if (states.size() > STATES_PER_ID) {
      states.removeFirst();
    }
  }

  List<Stored> of(String id) {
    return List.copyOf(byId.getOrDefault(id, new ArrayDeque<>()));
  }
}
