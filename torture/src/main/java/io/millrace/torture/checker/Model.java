package io.millrace.torture.checker;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Which;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// What a collection is: a map. Applying a change here is the meaning of the change.
final class Model {
  private final Map<String, Stored> points;
  private final Map<String, Long> versions; // also of points that were deleted
  private final Past past;

  Model(Past past) {
    this(new HashMap<>(), new HashMap<>(), past);
  }

  private Model(Map<String, Stored> points, Map<String, Long> versions, Past past) {
    this.points = points;
    this.versions = versions;
    this.past = past;
  }

  static Model of(Iterable<PointValue> seen, Past past) {
    var model = new Model(past);
    for (PointValue point : seen) {
      model.points.put(point.id(), Stored.of(point));
    }
    return model;
  }

  Model copy() {
    return new Model(new HashMap<>(points), new HashMap<>(versions), past);
  }

  void apply(Change change) {
    switch (change) {
      case Change.Upsert(var written) -> written.forEach(p -> put(p.id(), Stored.of(p)));
      case Change.Delete(var which) -> find(which).forEach(points::remove);
      case Change.SetPayload(var which, var patch) ->
          forEach(which, old -> new Stored(old.vectors(), merged(old.payload(), patch), true));
      case Change.OverwritePayload(var which, var payload) ->
          forEach(which, old -> new Stored(old.vectors(), payload, false));
      case Change.DeletePayload(var which, var keys) ->
          forEach(which, old -> new Stored(old.vectors(), without(old.payload(), keys), true));
      case Change.UpdateVectors(var written) ->
          written.forEach(p -> {
            Stored old = points.get(p.id());
            if (old != null) {
              put(p.id(), new Stored(p.vectors().over(old.vectors()), old.payload(), old.edited()));
            }
          });
      case Change.All(var changes) -> changes.forEach(this::apply);
      case Change.Versioned(var inner, long version) -> apply(inner, version);
    }
  }

  /// The version of a point that was not there is remembered where it was written or deleted, not
  /// where a part of it should have changed.
  private void apply(Change change, long version) {
    List<String> named =
        switch (change) {
          case Change.Upsert(var written) -> written.stream().map(PointValue::id).toList();
          case Change.UpdateVectors(var written) ->
              written.stream().map(PointValue::id).filter(points::containsKey).toList();
          case Change.Delete(Which.Ids(var ids)) -> ids;
          case Change.Delete(var which) -> find(which);
          case Change.SetPayload(var which, var patch) -> find(which);
          case Change.OverwritePayload(var which, var payload) -> find(which);
          case Change.DeletePayload(var which, var keys) -> find(which);
          case Change.All a -> throw new IllegalArgumentException("one version, one change");
          case Change.Versioned v -> throw new IllegalArgumentException("one version only");
        };
    Set<String> lower = new HashSet<>(named);
    lower.removeIf(id -> versions.getOrDefault(id, Long.MIN_VALUE) >= version);
    Which.Ids only = new Which.Ids(List.copyOf(lower));
    apply(
        switch (change) {
          case Change.Upsert(var written) -> new Change.Upsert(among(written, lower));
          case Change.UpdateVectors(var written) -> new Change.UpdateVectors(among(written, lower));
          case Change.Delete d -> new Change.Delete(only);
          case Change.SetPayload(var which, var patch) -> new Change.SetPayload(only, patch);
          case Change.OverwritePayload(var which, var payload) ->
              new Change.OverwritePayload(only, payload);
          case Change.DeletePayload(var which, var keys) -> new Change.DeletePayload(only, keys);
          case Change.All _, Change.Versioned _ -> change;
        });
    lower.forEach(id -> versions.put(id, version));
  }

  private static List<PointValue> among(List<PointValue> written, Set<String> ids) {
    return written.stream().filter(point -> ids.contains(point.id())).toList();
  }

  /// Everything in which the points that were seen are not these.
  List<Violation> differences(Map<String, PointValue> seen) {
    List<Violation> differences = new ArrayList<>();
    Set<String> ids = new HashSet<>(points.keySet());
    ids.addAll(seen.keySet());
    for (String id : ids) {
      Optional<Stored> expected = Optional.ofNullable(points.get(id));
      Optional<PointValue> found = Optional.ofNullable(seen.get(id));
      boolean fits =
          expected.isPresent() && found.isPresent() && expected.get().isShownBy(found.get());
      if (!fits) {
        differences.add(describe(id, expected, found, past.of(id)));
      }
    }
    return differences;
  }

  /// The points of a selection, as [#differences] compares them.
  Model only(Which which) {
    Map<String, Stored> chosen = new HashMap<>();
    find(which).forEach(id -> chosen.put(id, points.get(id)));
    return new Model(chosen, new HashMap<>(), past);
  }

  /// Names what is wrong with a point. At least one of expected and found is there.
  static Violation describe(
      String id, Optional<Stored> expected, Optional<PointValue> found, List<Stored> past) {
    String text =
        "point %s expected %s found %s"
            .formatted(
                id,
                expected.map(s -> s.vectors().json() + " " + s.payload().text()).orElse("none"),
                found.map(p -> p.vectors().json() + " " + p.payload().text()).orElse("none"));
    return new Violation(kind(expected, found, past), text);
  }

  private static Violation.Kind kind(
      Optional<Stored> expected, Optional<PointValue> found, List<Stored> past) {
    if (found.isEmpty()) {
      return Violation.Kind.LOST;
    }
    PointValue point = found.get();
    boolean vectorKnown = past.stream().anyMatch(s -> s.vectors().equals(point.vectors()));
    boolean payloadKnown = past.stream().anyMatch(s -> s.hasPayload(point.payload()));
    boolean wholeKnown = past.stream().anyMatch(s -> s.isShownBy(point));
    if (!wholeKnown && (isBare(point) || vectorKnown && payloadKnown)) {
      return Violation.Kind.HALF;
    }
    if (expected.isEmpty()) {
      return Violation.Kind.PHANTOM;
    }
    return wholeKnown ? Violation.Kind.OLDER : Violation.Kind.IMPOSSIBLE;
  }

  private static boolean isBare(PointValue point) {
    return point.vectors().byName().isEmpty() || point.payload().equals(Payload.EMPTY);
  }

  private void put(String id, Stored state) {
    points.put(id, state);
    past.remember(id, state);
  }

  private void forEach(Which which, UnaryOperator<Stored> change) {
    for (String id : find(which)) {
      Stored old = points.get(id);
      if (old != null) {
        put(id, change.apply(old));
      }
    }
  }

  private List<String> find(Which which) {
    return switch (which) {
      case Which.Ids(var ids) -> ids.stream().filter(points::containsKey).toList();
      case Which.Where where ->
          points.entrySet().stream()
              .filter(e -> where.matches(e.getValue().payload()))
              .map(Map.Entry::getKey)
              .toList();
    };
  }

  private static Payload merged(Payload old, Payload patch) {
    Map<String, String> fields = old.fields();
    patch
        .fields()
        .forEach((key, value) -> {
          if (value.equals("null")) {
            fields.remove(key);
          } else {
            fields.put(key, value);
          }
        });
    return Payload.of(fields);
  }

  private static Payload without(Payload old, List<String> keys) {
    Map<String, String> fields = old.fields();
    keys.forEach(fields::remove);
    return Payload.of(fields);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Model model && points.equals(model.points);
  }

  @Override
  public int hashCode() {
    return points.hashCode();
  }
}
