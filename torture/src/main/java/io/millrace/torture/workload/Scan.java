package io.millrace.torture.workload;

import io.millrace.torture.history.Event;
import io.millrace.torture.history.History;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.history.Which;
import io.millrace.torture.workload.Api.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads a collection in every way there is, while nobody writes.
public final class Scan {
  private static final int PAGE = 400;

  private final Api api;
  private final History history;

  private final String server;

  /// @param server stands before the collection in the history, where there are several
  public Scan(Api api, History history, String server) {
    this.api = api;
    this.history = history;
    this.server = server;
  }

  public Scan(Api api, History history) {
    this(api, history, "");
  }

  /// Full scroll, count and scroll by filters, one exact search per vector.
  ///
  /// @param writers whose points the filters ask for
  public void all(String collection, Map<String, Integer> vectorSizes, List<Integer> writers) {
    List<PointValue> points = scroll(collection, "{}", true);
    points.forEach(point -> history.add(new Event.Scanning(server + collection, point)));

    List<Which.Where> filters = new ArrayList<>();
    filters.add(new Which.Where(Map.of()));
    for (int writer : writers) {
      filters.add(new Which.Where(Map.of("c", Integer.toString(writer))));
    }
    for (int group = 0; group < Values.GROUPS; group += 2) {
      filters.add(new Which.Where(Map.of("g", Integer.toString(group))));
    }
    for (Which.Where where : filters) {
      List<String> ids =
          scroll(collection, where.filter(), false).stream().map(PointValue::id).toList();
      history.add(
          new Event.Filtered(server + collection, where, count(collection, where.filter()), ids));
    }
    vectorSizes.forEach((name, size) ->
        history.add(
            new Event.Nearest(server + collection, name, nearest(collection, name, size, points))));
    history.add(new Event.Scanned(server + collection));
  }

  private List<PointValue> scroll(String collection, String filter, boolean whole) {
    List<PointValue> points = new ArrayList<>();
    String offset = "null";
    do {
      Map<String, String> body = new LinkedHashMap<>();
      body.put("limit", Integer.toString(PAGE));
      body.put("filter", filter);
      body.put("with_payload", Boolean.toString(whole));
      body.put("with_vector", Boolean.toString(whole));
      if (!offset.equals("null")) {
        body.put("offset", offset);
      }
      Map<String, String> page =
          RawJson.fields(ask(collection, "/points/scroll", RawJson.object(body)));
      RawJson.items(page.getOrDefault("points", "[]"))
          .forEach(point -> points.add(PointValue.parse(point)));
      offset = page.getOrDefault("next_page_offset", "null");
    } while (!offset.equals("null"));
    return points;
  }

  private long count(String collection, String filter) {
    String body = "{\"exact\":true,\"filter\":" + filter + "}";
    String result = ask(collection, "/points/count", body);
    return Long.parseLong(RawJson.fields(result).getOrDefault("count", "-1"));
  }

  private List<String> nearest(String collection, String name, int size, List<PointValue> points) {
    String vector = "[" + "1,".repeat(size - 1) + "1]";
    Map<String, String> body = new LinkedHashMap<>();
    body.put(
        "vector",
        name.isEmpty()
            ? vector
            : "{\"name\":" + RawJson.quote(name) + ",\"vector\":" + vector + "}");
    body.put("limit", Integer.toString(points.size() + 10));
    body.put("params", "{\"exact\":true}");
    String hits = ask(collection, "/points/search", RawJson.object(body));
    return RawJson.items(hits).stream()
        .map(hit -> RawJson.fields(hit).getOrDefault("id", "none"))
        .toList();
  }

  private String ask(String collection, String path, String body) {
    Answer answer = api.send("POST", "/collections/" + collection + path, body);
    if (!answer.isOk()) {
      throw new ScanFailed(
          "%s of %s answered %d: %s".formatted(path, collection, answer.status(), answer.body()));
    }
    return answer.result();
  }

  /// A read that a healthy server answers did not answer.
  public static final class ScanFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    ScanFailed(String message) {
      super(message);
    }
  }
}
