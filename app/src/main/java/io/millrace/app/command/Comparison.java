package io.millrace.app.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Whether two collections, of one server or of two, hold the same: their numbers of points, the
/// payloads of points drawn at random, and what exact searches with the vectors of those points
/// find. Vectors that are configured differently in the two are not compared.
final class Comparison {
  private static final int HITS = 10;

  /// Exact searches cost a pass over the collection each.
  private static final int MAX_SEARCHES = 20;

  /// Float sums in another order, relative.
  private static final double SCORE_TOLERANCE = 1e-4;

  private final Side left;
  private final Side right;

  /// A collection at its server.
  record Side(Remote remote, String collection) {
    JsonNode ask(String method, String rest, String body) {
      return remote.result(method, "/collections/" + Remote.step(collection) + rest, body);
    }

    long count() {
      return PointPages.count(remote, collection);
    }
  }

  /// @param differing ids of sampled points that are not the same on both sides, as JSON
  /// @param searches that were compared; 0 when no vector is configured alike
  /// @param differingSearches that found other points
  record Result(
      long leftPoints,
      long rightPoints,
      int samples,
      List<String> differing,
      int searches,
      int differingSearches) {

    /// @param apart records by which one side is ahead of the other, each of which may explain one
    ///   difference
    boolean isAlike(long apart) {
      return Math.abs(leftPoints - rightPoints) <= apart
          && differing.size() <= apart
          && differingSearches <= apart;
    }

    /// Whether the right side has everything of the left one. If it has other points too, searches
    /// may find those.
    boolean hasLeft() {
      return rightPoints >= leftPoints
          && differing.isEmpty()
          && (rightPoints > leftPoints || differingSearches == 0);
    }

    ObjectNode json() {
      return Remote.JSON
          .createObjectNode()
          .put("points_old", leftPoints)
          .put("points_new", rightPoints)
          .put("samples", samples)
          .put("samples_differing", differing.size())
          .put("searches", searches)
          .put("searches_differing", differingSearches);
    }

    @Override
    public String toString() {
      return leftPoints
          + " points there and "
          + rightPoints
          + " here, "
          + differing.size()
          + " of "
          + samples
          + " sampled points differ"
          + (differing.isEmpty() ? "" : " (the first: " + differing.getFirst() + ")")
          + ", "
          + differingSearches
          + " of "
          + searches
          + " searches find other points";
    }
  }

  Comparison(Side left, Side right) {
    this.left = left;
    this.right = right;
  }

  Result of(int samples) {
    List<JsonNode> drawn = samples == 0 ? List.of() : draw(samples);
    List<String> vectors = alike();
    int searches = 0;
    int differingSearches = 0;
    for (JsonNode point : drawn) {
      for (String vector : vectors) {
        JsonNode values =
            vector.isEmpty() ? point.path("vector") : point.path("vector").path(vector);
        if (values.isArray() && searches < MAX_SEARCHES) {
          searches++;
          differingSearches += sameHits(vector, values) ? 0 : 1;
        }
      }
    }
    return new Result(
        left.count(),
        right.count(),
        drawn.size(),
        differing(drawn, right),
        searches,
        differingSearches);
  }

  /// Of points that come from no server; nothing is searched.
  ///
  /// @param points how many there are with those that were drawn
  static Result ofDrawn(List<JsonNode> drawn, long points, Side right) {
    return new Result(points, right.count(), drawn.size(), differing(drawn, right), 0, 0);
  }

  /// Ids of those that the side does not have, or not with that payload.
  private static List<String> differing(List<JsonNode> drawn, Side side) {
    List<String> differing = new ArrayList<>();
    for (JsonNode point : drawn) {
      Optional<JsonNode> other = find(side, point.path("id"));
      if (other.isEmpty() || !payload(other.get()).equals(payload(point))) {
        differing.add(point.path("id").toString());
      }
    }
    return differing;
  }

  private List<JsonNode> draw(int samples) {
    List<JsonNode> points = new ArrayList<>();
    ObjectNode query = Remote.JSON.createObjectNode();
    query.putObject("query").put("sample", "random");
    query.put("limit", samples).put("with_payload", true).put("with_vector", true);
    left.ask("POST", "/points/query", query.toString()).path("points").forEach(points::add);
    return points;
  }

  /// Some servers have `null` for a point without one.
  private static JsonNode payload(JsonNode point) {
    JsonNode payload = point.path("payload");
    return payload.isObject() ? payload : Remote.JSON.createObjectNode();
  }

  /// One by one: a server may have another form of an id than the one asked for.
  private static Optional<JsonNode> find(Side side, JsonNode id) {
    ObjectNode body = Remote.JSON.createObjectNode().put("with_payload", true);
    body.putArray("ids").add(id);
    return side.ask("POST", "/points", body.toString()).valueStream().findFirst();
  }

  /// Names of the vectors that have the same size and distance on both sides; `""` is the unnamed
  /// one.
  private List<String> alike() {
    Map<String, JsonNode> there = vectors(left);
    List<String> names = new ArrayList<>();
    vectors(right)
        .forEach((name, params) -> {
          JsonNode other = there.get(name);
          if (other != null
              && !params.has("multivector_config")
              && other.path("size").equals(params.path("size"))
              && other.path("distance").equals(params.path("distance"))) {
            names.add(name);
          }
        });
    return names;
  }

  private Map<String, JsonNode> vectors(Side side) {
    JsonNode vectors = side.ask("GET", "", "").path("config").path("params").path("vectors");
    Map<String, JsonNode> named = new LinkedHashMap<>();
    if (vectors.has("size")) {
      named.put("", vectors);
    } else {
      vectors.properties().forEach(vector -> named.put(vector.getKey(), vector.getValue()));
    }
    return named;
  }

  /// Points that tie with the last hit may stand on one side only.
  private boolean sameHits(String vector, JsonNode values) {
    Map<String, Double> there = hits(left, vector, values);
    Map<String, Double> here = hits(right, vector, values);
    return there.size() == here.size() && covers(there, here) && covers(here, there);
  }

  private static boolean covers(Map<String, Double> hits, Map<String, Double> other) {
    double last = hits.values().stream().reduce((first, second) -> second).orElse(0.0);
    return hits.entrySet().stream()
        .allMatch(hit -> other.containsKey(hit.getKey()) || isClose(hit.getValue(), last));
  }

  private static boolean isClose(double a, double b) {
    return Math.abs(a - b) <= SCORE_TOLERANCE * Math.max(1, Math.max(Math.abs(a), Math.abs(b)));
  }

  /// Scores by id, best first.
  private Map<String, Double> hits(Side side, String vector, JsonNode values) {
    ObjectNode query = Remote.JSON.createObjectNode();
    query.set("query", values);
    if (!vector.isEmpty()) {
      query.put("using", vector);
    }
    query.put("limit", HITS).putObject("params").put("exact", true);
    Map<String, Double> scores = new LinkedHashMap<>();
    side.ask("POST", "/points/query", query.toString())
        .path("points")
        .forEach(hit -> scores.put(hit.path("id").toString(), hit.path("score").asDouble()));
    return scores;
  }
}
