package io.millrace.api.json;

import io.millrace.api.slow.Issues;
import io.millrace.api.strict.IndexNeed;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/// Qdrant's `IssueRecord`s: of a key without an index, what is slow and the requests of which one
/// mends it; of too many collections, what to do instead.
public final class IssueJson {
  private static final String UUID = "uuid";

  private IssueJson() {}

  public static void write(JsonGenerator out, Issues.UnindexedKey issue) {
    String id = "UNINDEXED_FIELD/" + issue.collection() + "/" + issue.key();
    out.writeStartObject();
    out.writeStringProperty("id", id);
    out.writeStringProperty("code", id);
    out.writeStringProperty(
        "description",
        "Unindexed field '"
            + issue.key()
            + "' might be slowing queries down in collection '"
            + issue.collection()
            + "'");
    out.writeName("solution");
    solution(out, issue);
    out.writeStringProperty("timestamp", issue.first().toString());
    out.writeStringProperty("related_collection", issue.collection());
    out.writeEndObject();
  }

  /// @param since when it was found
  public static void writeManyCollections(JsonGenerator out, Instant since) {
    String id = "TOO_MANY_COLLECTIONS/";
    out.writeStartObject();
    out.writeStringProperty("id", id);
    out.writeStringProperty("code", id);
    out.writeStringProperty(
        "description",
        "There are many collections for the points in them, and each costs memory, files and"
            + " threads of its own");
    out.writeName("solution");
    out.writeStartObject();
    out.writeStringProperty(
        "refactor",
        "Keep the points of tenants or kinds in one collection, with a payload key that tells them"
            + " apart and an index on it");
    out.writeEndObject();
    out.writeStringProperty("timestamp", since.toString());
    out.writeNullProperty("related_collection");
    out.writeEndObject();
  }

  /// Whoever has values that are UUIDs knows; a keyword does for them too.
  private static void solution(JsonGenerator out, Issues.UnindexedKey issue) {
    List<String> types = issue.types().stream().filter(type -> !type.equals(UUID)).toList();
    out.writeStartObject();
    if (types.size() == 1) {
      out.writeName("immediate");
      index(out, issue, types.getFirst());
    } else {
      out.writeName("immediate_choice");
      out.writeStartArray();
      types.forEach(type -> index(out, issue, type));
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  private static void index(JsonGenerator out, Issues.UnindexedKey issue, String type) {
    String collection =
        URLEncoder.encode(issue.collection(), StandardCharsets.UTF_8).replace("+", "%20");
    out.writeStartObject();
    out.writeStringProperty(
        "message",
        "Create an index on field '"
            + issue.key()
            + "' of schema "
            + type
            + " in collection '"
            + issue.collection()
            + "'. Check the documentation for more details:"
            + " https://qdrant.tech/documentation/concepts/indexing/#payload-index");
    out.writeName("action");
    out.writeStartObject();
    out.writeStringProperty("method", "PUT");
    out.writeStringProperty("uri", "/collections/" + collection + "/index");
    out.writeName("headers");
    out.writeStartObject();
    out.writeStringProperty("content-type", "application/json");
    out.writeEndObject();
    out.writeName("body");
    out.writeStartObject();
    out.writeStringProperty("field_name", issue.key().toString());
    out.writeName("field_schema");
    schema(out, type);
    out.writeEndObject();
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void schema(JsonGenerator out, String type) {
    switch (type) {
      case IndexNeed.KEYWORD_PREFIXES -> with(out, "keyword", "prefix");
      case IndexNeed.TEXT_PHRASES -> with(out, "text", "phrase_matching");
      default -> out.writeString(type);
    }
  }

  private static void with(JsonGenerator out, String type, String option) {
    out.writeStartObject();
    out.writeStringProperty("type", type);
    out.writeBooleanProperty(option, true);
    out.writeEndObject();
  }
}
