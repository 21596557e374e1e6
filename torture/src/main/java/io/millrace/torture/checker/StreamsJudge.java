package io.millrace.torture.checker;

import io.millrace.torture.history.Event;
import io.millrace.torture.history.PointValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A collection fed by streams: each has one order, none touches the points of another, and nothing
/// is in doubt. So there is exactly one right state, the replay of all records.
final class StreamsJudge implements Judge {
  private final Past past = new Past();
  private final Map<String, Long> lastNumbers = new HashMap<>();
  private Model model = new Model(past);

  @Override
  public void sent(Event.Sent sent) {
    throw new IllegalArgumentException("requests do not belong into a collection of streams");
  }

  @Override
  public void answered(Event.Sent sent, Answer answer) {
    throw new IllegalArgumentException("requests do not belong into a collection of streams");
  }

  @Override
  public void logged(Event.Logged logged) {
    Long last = lastNumbers.put(logged.stream(), logged.number());
    if (last != null && last >= logged.number()) {
      throw new IllegalArgumentException(
          "the history is not in the order of stream %s: %d after %d"
              .formatted(logged.stream(), logged.number(), last));
    }
    logged.change().ifPresent(model::apply);
  }

  @Override
  public List<Violation> seen(Event.Seen seen) {
    return List.of();
  }

  @Override
  public List<Violation> settle(Map<String, PointValue> scan) {
    List<Violation> differences = model.differences(scan);
    if (!differences.isEmpty()) {
      model = Model.of(scan.values(), past);
    }
    return differences;
  }
}
