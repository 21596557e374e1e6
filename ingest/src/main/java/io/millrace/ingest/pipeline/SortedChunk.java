package io.millrace.ingest.pipeline;

import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One chunk, its records put where they belong: into the group of their collection, among the
/// refused ones, or only counted. The stream's own thread.
final class SortedChunk {
  private final Chunk chunk;
  private final LaneCollections collections;
  private final LaneLetters letters;
  private final LaneCollections.Settling before;
  private final Map<Long, LaneGroup> groups = new LinkedHashMap<>(); // by uid
  private final Map<String, Target> known = new HashMap<>();
  private final List<DeadLetter> bad = new ArrayList<>();
  private final TallyBuilder tally;

  /// @param before what the lane finishes before it waits for a collection: the chunks before
  SortedChunk(
      Chunk chunk,
      LaneCollections collections,
      LaneLetters letters,
      LaneCollections.Settling before) {
    this.chunk = chunk;
    this.collections = collections;
    this.letters = letters;
    this.before = before;
    this.tally = new TallyBuilder(chunk.records().size());
  }

  Chunk chunk() {
    return chunk;
  }

  /// In the order of their first records.
  List<LaneGroup> groups() {
    return List.copyOf(groups.values());
  }

  List<DeadLetter> bad() {
    return bad;
  }

  TallyBuilder tally() {
    return tally;
  }

  /// Puts the next record where it belongs; waits for its collection as long as that takes.
  void add(RawRecord record, Decoded decoded) throws InterruptedException {
    switch (decoded) {
      case Decoded.Dropped(Decoded.Dropped.Why why) -> {
        switch (why) {
          case UNBOUND -> tally.unbound();
          case SKIPPED -> tally.skipped();
        }
      }
      case Decoded.Bad reason -> refuse(record, Optional.empty(), reason);
      case Decoded.Operations operations -> {
        try {
          add(record, operations);
        } catch (LaneRetries.ParkedTooLong e) {
          refuse(record, Optional.of(operations.collection()), e.reason());
        }
      }
    }
  }

  private void add(RawRecord record, Decoded.Operations decoded) throws InterruptedException {
    String name = decoded.collection();
    Target target = known.get(name);
    if (target == null) {
      switch (collections.resolve(name, before)) {
        case LaneCollections.Resolved.Found(Target found) -> {
          target = found;
          known.put(name, found);
        }
        case LaneCollections.Resolved.Refused(Decoded.Bad reason) -> {
          refuse(record, Optional.of(name), reason);
          return;
        }
      }
    }
    LaneGroup group = groups.get(target.uid());
    if (group == null) {
      group = new LaneGroup(collections.durablePosition(target));
      groups.put(target.uid(), group);
    }
    if (record.number() <= group.position()) {
      tally.duplicate();
      return;
    }
    Optional<Decoded.Bad> refused = collections.overLimit(target, decoded.operations(), group);
    if (refused.isEmpty()) {
      refused = collections.check(target, decoded.operations());
    }
    if (refused.isPresent()) {
      refuse(record, Optional.of(name), refused.get());
    } else {
      group.add(new LaneGroup.Item(record, name, decoded.operations()));
      tally.applied();
    }
  }

  private void refuse(RawRecord record, Optional<String> collection, Decoded.Bad reason) {
    tally.dead(reason.code());
    DeadLetter letter = letters.letter(record, collection, reason);
    letters.note(letter);
    bad.add(letter);
  }
}
