package io.millrace.app.config;

import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.json.CollectionDefaults;
import io.millrace.ingest.config.Glob;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// How collections are made on their first record: the body of Qdrant's create call, and which
/// names it is for.
///
/// @param match which names may be made
/// @param maxCollections there may be of these names
public record Template(Glob match, int maxCollections, CollectionConfig config) {
  private static final int DEFAULT_MAX_COLLECTIONS = 100;

  static SequencedMap<String, Template> read(
      Tree.Fields templates, CollectionDefaults defaults, List<String> faults) {
    var read = new LinkedHashMap<String, Template>();
    new Section("templates", templates, faults)
        .named()
        .forEach((name, section) -> one(section, defaults).ifPresent(t -> read.put(name, t)));
    return read;
  }

  private static Optional<Template> one(Section s, CollectionDefaults defaults) {
    var match = new Glob(s.require("match", Kind.text(), "*"));
    int most = s.get("max_collections", Kind.whole(1, 100_000), DEFAULT_MAX_COLLECTIONS);
    try {
      return Optional.of(
          new Template(
              match, most, CollectionConfigJson.parse(json(s.rest()).toString(), defaults)));
    } catch (Failure refused) {
      s.fault(String.valueOf(refused.getMessage()));
      return Optional.empty();
    }
  }

  static JsonNode json(Tree value) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (value) {
      case Tree.Fields(var fields, var origin) -> {
        var object = make.objectNode();
        for (Map.Entry<String, Tree> field : fields.entrySet()) {
          object.set(field.getKey(), json(field.getValue()));
        }
        yield object;
      }
      case Tree.Items(var items, var origin) -> {
        var array = make.arrayNode();
        items.forEach(item -> array.add(json(item)));
        yield array;
      }
      case Tree.Scalar s when !s.plain() -> make.stringNode(s.text());
      case Tree.Scalar s when s.isNull() -> make.nullNode();
      case Tree.Scalar s when s.text().equals("true") || s.text().equals("false") ->
          make.booleanNode(Boolean.parseBoolean(s.text()));
      case Tree.Scalar s -> numberOrText(s.text());
    };
  }

  private static JsonNode numberOrText(String text) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    try {
      return text.chars().allMatch(c -> c >= '0' && c <= '9' || c == '-')
          ? make.numberNode(Long.parseLong(text))
          : make.numberNode(new java.math.BigDecimal(text));
    } catch (NumberFormatException notANumber) {
      return make.stringNode(text);
    }
  }
}
