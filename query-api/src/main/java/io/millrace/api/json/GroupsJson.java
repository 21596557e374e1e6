package io.millrace.api.json;

import io.millrace.model.Fetch;
import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.Fetch.VectorPart;
import io.millrace.model.Hit;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.StoredPoint;
import io.millrace.model.query.Group;
import io.millrace.model.query.GroupRequest;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Searches whose hits come in groups: the bodies of `query/groups` and of the older
/// `search/groups` and `recommend/groups`, and their answer.
public final class GroupsJson {
  private static final At AT = At.BODY.field("search_group_request");

  private GroupsJson() {}

  /// @param lookup a collection whose points describe the groups
  public record Grouped(GroupRequest request, Optional<WithLookup> lookup) {}

  public record WithLookup(String collection, Fetch fetch) {}

  public static Grouped query(JsonIn in) {
    StageParts parts = new StageParts(10);
    Frame frame = new Frame(10, 3);
    JsonIn.Fields fields = in.object("struct QueryGroupsRequest");
    while (fields.next()) {
      if (!frame.read(in, AT, fields.name())) {
        parts.readQuery(in, AT, fields.name());
      }
    }
    return frame.grouped(in, parts);
  }

  public static Grouped search(JsonIn in) {
    StageParts parts = new StageParts(0);
    Frame frame = new Frame(0, 0);
    JsonIn.Fields fields = in.object("struct SearchGroupsRequest");
    while (fields.next()) {
      switch (fields.name()) {
        case "vector" -> QueryJson.readNamedVector(in, AT.field("vector"), parts);
        case "using", "lookup_from" -> in.skip();
        default -> {
          if (!frame.read(in, AT, fields.name())) {
            parts.read(in, AT, fields.name());
          }
        }
      }
    }
    in.require(parts.query, "vector");
    return frame.grouped(in, parts);
  }

  public static Grouped recommend(JsonIn in) {
    At at = At.BODY.field("recommend_group_request");
    StageParts parts = new StageParts(0);
    Frame frame = new Frame(0, 0);
    ExampleSearchJson.Examples examples = new ExampleSearchJson.Examples();
    JsonIn.Fields fields = in.object("struct RecommendGroupsRequest");
    while (fields.next()) {
      if (!examples.read(in, at, fields.name()) && !frame.read(in, at, fields.name())) {
        parts.read(in, at, fields.name());
      }
    }
    parts.query = examples.query(in);
    return frame.grouped(in, parts);
  }

  /// What makes groups of a search.
  private static final class Frame {
    private @Nullable PayloadPath by;
    private long limit;
    private long size;
    private @Nullable WithLookup lookup;

    /// Zero = must be given.
    Frame(long limit, long size) {
      this.limit = limit;
      this.size = size;
    }

    boolean read(JsonIn in, At at, String field) {
      At place = at.field("group_request");
      switch (field) {
        case "group_by" -> by = PayloadPath.parse(in.string());
        case "limit" -> limit = positive(in, place.field("limit"));
        case "group_size" -> size = positive(in, place.field("group_size"));
        case "with_lookup" -> lookup = lookup(in);
        default -> {
          return false;
        }
      }
      return true;
    }

    private static long positive(JsonIn in, At at) {
      long value = in.u64();
      in.violations().range(at, value, 1, -1L);
      return value == 0 ? 1 : value;
    }

    Grouped grouped(JsonIn in, StageParts parts) {
      PayloadPath path = in.require(by, "group_by");
      if (limit == 0) {
        throw in.missing("limit");
      }
      if (size == 0) {
        throw in.missing("group_size");
      }
      parts.limit = limit;
      return new Grouped(
          new GroupRequest(parts.requestWithoutOffset(), path, size), Optional.ofNullable(lookup));
    }
  }

  /// A collection's name, or an object with what to bring back; payload unless said otherwise.
  private static WithLookup lookup(JsonIn in) {
    if (in.isString()) {
      return new WithLookup(in.string(), Fetch.PAYLOAD);
    }
    String collection = null;
    PayloadPart payload = new PayloadPart.All();
    VectorPart vectors = new VectorPart.None();
    JsonIn.Fields fields = in.object("struct WithLookup");
    while (fields.next()) {
      switch (fields.name()) {
        case "collection" -> collection = in.string();
        case "with_payload" -> payload = SelectorJson.payload(in);
        case "with_vectors", "with_vector" -> vectors = SelectorJson.vector(in);
        default -> in.skip();
      }
    }
    return new WithLookup(in.require(collection, "collection"), new Fetch(payload, vectors));
  }

  /// The point that a group's key names: an integer, or the text of a UUID.
  public static Optional<PointId> pointId(Group.Key key) {
    return switch (key) {
      case Group.Key.Text(String text) -> PointId.parseUuid(text);
      case Group.Key.Number(String digits) -> PointId.parseNumber(digits);
    };
  }

  /// Asks for hits and lookups one by one, in the order in which they are written.
  ///
  /// @param hits of all groups, one after the other; those of the groups tell only how many
  /// @param lookup the point that describes the group of this id, if there is one
  public static void write(
      JsonGenerator out,
      List<Group> groups,
      Iterator<Hit> hits,
      Function<PointId, Optional<StoredPoint>> lookup) {
    out.writeStartObject();
    out.writeName("groups");
    out.writeStartArray();
    for (Group group : groups) {
      out.writeStartObject();
      out.writeName("hits");
      out.writeStartArray();
      for (int i = 0; i < group.hits().size(); i++) {
        PointJson.writeHit(out, hits.next());
      }
      out.writeEndArray();
      out.writeName("id");
      switch (group.key()) {
        case Group.Key.Text(String text) -> out.writeString(text);
        case Group.Key.Number(String digits) -> out.writeNumber(digits);
      }
      Optional<StoredPoint> point = pointId(group.key()).flatMap(lookup);
      if (point.isPresent()) {
        out.writeName("lookup");
        PointJson.writeRecord(out, point.get());
      }
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }
}
