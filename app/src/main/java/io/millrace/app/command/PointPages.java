package io.millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// All points of a collection in the order of their ids, page by page. A point is the text that the
/// server sent, so every digit of every number stays.
final class PointPages {
  private static final JsonFactory JSON = new JsonFactory();

  private final Remote remote;
  private final String collection;
  private final int limit;
  private final Optional<String> filter;

  /// @param points as JSON objects
  /// @param next offset of the page behind, as JSON; empty at the end
  record Page(List<String> points, Optional<String> next) {}

  PointPages(Remote remote, String collection, int limit) {
    this(remote, collection, limit, Optional.empty());
  }

  /// @param filter JSON; only points that match it
  PointPages(Remote remote, String collection, int limit, Optional<String> filter) {
    this.remote = remote;
    this.collection = collection;
    this.limit = limit;
    this.filter = filter;
  }

  /// @param offset JSON of an id; empty = the first page
  Page page(Optional<String> offset) {
    Remote.Answer answer =
        remote.send(
            "POST",
            "/collections/" + Remote.step(collection) + "/points/scroll",
            "{\"limit\":"
                + limit
                + ",\"with_payload\":true,\"with_vector\":true"
                + offset.map(id -> ",\"offset\":" + id).orElse("")
                + filter.map(only -> ",\"filter\":" + only).orElse("")
                + "}");
    if (!answer.isGood()) {
      throw new CommandFailure(Remote.error(answer) + " (status " + answer.status() + ")");
    }
    return read(answer.body());
  }

  static Page read(String body) {
    List<String> points = new ArrayList<>();
    Optional<String> next = Optional.empty();
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), body)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        if (!p.currentName().equals("result") || p.nextToken() != JsonToken.START_OBJECT) {
          if (p.currentToken() == JsonToken.PROPERTY_NAME) {
            p.nextToken();
          }
          p.skipChildren();
          continue;
        }
        while (p.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = p.currentName();
          p.nextToken();
          if (name.equals("points")) {
            while (p.nextToken() == JsonToken.START_OBJECT) {
              int start = (int) p.currentTokenLocation().getCharOffset();
              p.skipChildren();
              points.add(body.substring(start, (int) p.currentLocation().getCharOffset()));
            }
          } else if (name.equals("next_page_offset") && p.currentToken() != JsonToken.VALUE_NULL) {
            next =
                Optional.of(
                    p.currentToken() == JsonToken.VALUE_STRING
                        ? '"' + p.getString() + '"'
                        : p.getString());
          } else {
            p.skipChildren();
          }
        }
      }
    }
    return new Page(points, next);
  }

  /// One field of a point, as the server sent it; empty when it is absent or null.
  static Optional<String> field(String point, String wanted) {
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), point)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean found = p.currentName().equals(wanted);
        boolean isNull = p.nextToken() == JsonToken.VALUE_NULL;
        int start = (int) p.currentTokenLocation().getCharOffset();
        p.skipChildren();
        if (found && !isNull) {
          return Optional.of(point.substring(start, (int) p.currentLocation().getCharOffset()));
        }
      }
    }
    return Optional.empty();
  }

  /// Writes points into another collection; returns when they are durable there.
  static void write(Remote to, String collection, List<String> points) {
    if (!points.isEmpty()) {
      to.result(
          "PUT",
          "/collections/" + Remote.step(collection) + "/points?wait=true",
          "{\"points\":[" + String.join(",", points) + "]}");
    }
  }

  static long count(Remote remote, String collection) {
    return count(remote, collection, Optional.empty());
  }

  static long count(Remote remote, String collection, Optional<String> filter) {
    return remote
        .result(
            "POST",
            "/collections/" + Remote.step(collection) + "/points/count",
            "{\"exact\":true" + filter.map(only -> ",\"filter\":" + only).orElse("") + "}")
        .path("count")
        .asLong();
  }
}
