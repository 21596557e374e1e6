package io.millrace.torture.workload;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Which;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Changes of one writer to its own points of one collection, an endless sequence from a seed.
///
/// The points are few, so that overwrites, deletes and filters collide. A filter always names the
/// writer too, so writers never touch each other's points. What makes a change that is applied
/// twice visible is the pair "set by group" and "change the group": done again in the same order,
/// the first reaches points that the second has moved into the group meanwhile.
final class ChangeMix {
  private final Draw draw;
  private final int writer;
  private final int ids;
  private final Map<String, Integer> vectorSizes;
  private final int idsPerPartialChange;
  private int number;

  /// @param ids how many different points there are
  /// @param idsPerPartialChange most ids of a change of payload or vectors
  ChangeMix(
      Draw draw, int writer, int ids, Map<String, Integer> vectorSizes, int idsPerPartialChange) {
    this.draw = draw;
    this.writer = writer;
    this.ids = ids;
    this.vectorSizes = vectorSizes;
    this.idsPerPartialChange = idsPerPartialChange;
  }

  Change next() {
    number++;
    int choice = draw.below(100);
    if (choice < 30) {
      return new Change.Upsert(points(1));
    } else if (choice < 42) {
      return new Change.Upsert(points(draw.between(2, 8)));
    } else if (choice < 54) {
      return new Change.SetPayload(some(), patch());
    } else if (choice < 59) {
      return new Change.SetPayload(group(), mark());
    } else if (choice < 69) {
      return new Change.OverwritePayload(some(), Values.payload(draw, writer, number));
    } else if (choice < 70) {
      return new Change.OverwritePayload(group(), Values.payload(draw, writer, number));
    } else if (choice < 78) {
      return new Change.DeletePayload(some(), List.of(draw.of(List.of("w", "s"))));
    } else if (choice < 88) {
      return new Change.Delete(new Which.Ids(distinct(draw.between(1, 4))));
    } else if (choice < 90) {
      return new Change.Delete(group());
    }
    return new Change.UpdateVectors(
        distinct(draw.between(1, idsPerPartialChange)).stream().map(this::newVectors).toList());
  }

  /// All points of this writer.
  Which.Where mine() {
    return new Which.Where(Map.of("c", Integer.toString(writer)));
  }

  /// Points to look at after a change.
  Which.Ids lookAt(Change change) {
    return switch (change) {
      case Change.Upsert(var points) -> idsOf(points);
      case Change.UpdateVectors(var points) -> idsOf(points);
      case Change.Delete(Which.Ids chosen) -> chosen;
      case Change.SetPayload(Which.Ids chosen, var patch) -> chosen;
      case Change.OverwritePayload(Which.Ids chosen, var payload) -> chosen;
      case Change.DeletePayload(Which.Ids chosen, var keys) -> chosen;
      case Change.Delete d -> new Which.Ids(distinct(3));
      case Change.SetPayload s -> new Which.Ids(distinct(3));
      case Change.OverwritePayload o -> new Which.Ids(distinct(3));
      case Change.DeletePayload d -> new Which.Ids(distinct(3));
      case Change.All a -> new Which.Ids(distinct(3));
      case Change.Versioned v -> new Which.Ids(distinct(3));
    };
  }

  private static Which.Ids idsOf(List<PointValue> points) {
    return new Which.Ids(points.stream().map(PointValue::id).toList());
  }

  private List<PointValue> points(int count) {
    return distinct(count).stream()
        .map(id -> Values.point(draw, id, vectorSizes, writer, number))
        .toList();
  }

  /// One of the named vectors or all of them.
  private PointValue newVectors(String id) {
    Map<String, Integer> sizes = vectorSizes;
    if (vectorSizes.size() > 1 && draw.percent(60)) {
      String name = draw.of(vectorSizes.keySet().stream().sorted().toList());
      sizes = Map.of(name, vectorSizes.getOrDefault(name, 1));
    }
    return new PointValue(id, Values.vectors(sizes, writer, number), Payload.EMPTY);
  }

  private Which some() {
    return new Which.Ids(distinct(draw.between(1, idsPerPartialChange)));
  }

  private Which.Where group() {
    return new Which.Where(
        Map.of("c", Integer.toString(writer), "g", Integer.toString(draw.below(Values.GROUPS))));
  }

  private Payload patch() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("n", Integer.toString(number));
    if (draw.percent(50)) {
      fields.put("g", Integer.toString(draw.below(Values.GROUPS)));
    }
    if (draw.percent(20)) {
      fields.put("w", "null"); // deletes it
    }
    return Payload.of(fields);
  }

  private Payload mark() {
    return Payload.of(Map.of("s", "\"" + writer + "-" + number + "\""));
  }

  private List<String> distinct(int count) {
    List<String> chosen = new ArrayList<>();
    while (chosen.size() < count) {
      String id = Values.id(writer, draw.below(ids));
      if (!chosen.contains(id)) {
        chosen.add(id);
      }
    }
    return chosen;
  }
}
