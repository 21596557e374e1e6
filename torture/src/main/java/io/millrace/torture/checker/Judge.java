package io.millrace.torture.checker;

import io.millrace.torture.history.Event;
import io.millrace.torture.history.PointValue;
import java.util.List;
import java.util.Map;

/// Follows the changes of one collection and says what a full scan may show.
sealed interface Judge permits ClientsJudge, SharedJudge, StreamsJudge {

  void sent(Event.Sent sent);

  void answered(Event.Sent sent, Answer answer);

  void logged(Event.Logged logged);

  List<Violation> seen(Event.Seen seen);

  /// Compares a full scan, then goes on from what is really there.
  List<Violation> settle(Map<String, PointValue> scan);

  /// What an answer says about the effect.
  enum Answer {
    DONE,
    REFUSED,
    UNKNOWN;

    static Answer of(int status) {
      if (status == 200) {
        return DONE;
      }
      boolean neverSent = status == -1;
      return neverSent || status >= 400 && status < 500 && status != 408 ? REFUSED : UNKNOWN;
    }
  }
}
