package io.millrace.ingest.pipeline;

import io.millrace.ingest.deadletter.DeadLetter;
import java.util.ArrayList;
import java.util.List;

/// Keeps the bad records at the beginning of a file back until the first good one: a file of
/// rubbish gives one dead letter and not a million.
public final class BadStart {
  /// So many bad records and none good make the file one of an unknown format.
  private static final int MAX_RECORDS = 1_000;

  private static final long MAX_BYTES = 16L << 20;

  private final List<DeadLetter> held = new ArrayList<>();
  private long heldBytes;
  private boolean over;

  /// Every record from the first on is bad.
  public static final class NoGoodRecord extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoGoodRecord(int records) {
      super("The first " + records + " records are bad and none is good", null, false, false);
    }
  }

  /// @param alreadyRead records of the stream that were read in an earlier life
  public BadStart(long alreadyRead) {
    this.over = alreadyRead > 0;
  }

  boolean isHolding() {
    return !held.isEmpty();
  }

  /// What may be written now of `bad` and of what was held. Throws [NoGoodRecord].
  List<DeadLetter> admit(List<DeadLetter> bad, boolean anyGood) {
    if (over) {
      return bad;
    }
    for (DeadLetter letter : bad) {
      held.add(letter);
      heldBytes += letter.record().bytes();
    }
    if (anyGood) {
      return end();
    }
    if (held.size() >= MAX_RECORDS || heldBytes >= MAX_BYTES) {
      throw new NoGoodRecord(held.size());
    }
    return List.of();
  }

  /// What is still held at the end of the stream.
  List<DeadLetter> end() {
    over = true;
    List<DeadLetter> all = List.copyOf(held);
    held.clear();
    return all;
  }
}
