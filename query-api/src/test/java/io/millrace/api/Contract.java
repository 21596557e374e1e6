package io.millrace.api;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Qdrant's OpenAPI file with our stricter reading of it: what every answer must look like. The
/// published file enforces little (optional members accept anything, nothing is required), so the
/// patch beside it closes objects, requires what is always there and fixes value forms. It also
/// adds the searches of older clients (`points/search`, `recommend`, `discover` and below), which
/// are served but no longer in the file.
public final class Contract {
  private static final String URI = "https://millrace.test/openapi.json";
  private static final JsonMapper MAPPER = new JsonMapper();

  private final JsonNode document;
  private final SchemaRegistry registry;
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

  public Contract() {
    document = read("/openapi/qdrant-1.19.json.gz");
    for (JsonNode operation : read("/openapi/strict.patch.json.gz")) {
      apply(operation);
    }
    String text = document.toString();
    registry =
        SchemaRegistry.withDialect(
            Dialects.getOpenApi30(), builder -> builder.schemas(Map.of(URI, text)));
  }

  private static JsonNode read(String resource) {
    try (InputStream in = new GZIPInputStream(Contract.class.getResource(resource).openStream())) {
      return MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// RFC 6902, of which the patch uses `add` and `replace`.
  private void apply(JsonNode operation) {
    String path = operation.path("path").stringValue();
    int slash = path.lastIndexOf('/');
    JsonNode parent = document.at(path.substring(0, slash));
    String last = path.substring(slash + 1).replace("~1", "/").replace("~0", "~");
    JsonNode value = operation.path("value");
    switch (parent) {
      case ObjectNode object -> object.set(last, value);
      case ArrayNode array -> array.set(Integer.parseInt(last), value);
      default -> throw new IllegalStateException("no such place: " + path);
    }
  }

  /// Templates and methods the file knows.
  public JsonNode paths() {
    return document.path("paths");
  }

  /// The template a path belongs to; literal segments win.
  public Optional<String> template(String method, String path) {
    String[] segments = path.split("/", -1);
    String best = null;
    int bestLiterals = -1;
    for (String template : document.path("paths").propertyNames()) {
      if (!document.path("paths").path(template).has(method.toLowerCase(Locale.ROOT))) {
        continue;
      }
      String[] parts = template.split("/", -1);
      int literals = literals(parts, segments);
      if (literals > bestLiterals) {
        best = template;
        bestLiterals = literals;
      }
    }
    return Optional.ofNullable(best);
  }

  private static int literals(String[] template, String[] path) {
    if (template.length != path.length) {
      return -1;
    }
    int literals = 0;
    for (int i = 0; i < path.length; i++) {
      if (template[i].equals(path[i])) {
        literals++;
      } else if (!template[i].startsWith("{")) {
        return -1;
      }
    }
    return literals;
  }

  /// What is wrong with an answer; empty if nothing is. An answer of a route that is not known here
  /// is wrong too: its path is mistyped, or it is asked for with [Server#beside].
  public List<String> faults(String method, String path, int status, String type, String body) {
    Optional<String> template = template(method, path);
    if (template.isEmpty()) {
      return List.of("no route of Qdrant's API");
    }
    String verb = method.toLowerCase(Locale.ROOT);
    JsonNode responses = document.path("paths").path(template.get()).path(verb).path("responses");
    String key =
        responses.has(Integer.toString(status))
            ? Integer.toString(status)
            : status >= 400 && status < 500 && responses.has("4XX") ? "4XX" : "default";
    if (status < 300 && key.equals("default")) {
      return List.of("status " + status + " is not listed");
    }
    JsonNode content = responses.path(key).path("content");
    if (!content.has("application/json")) {
      return List.of();
    }
    if (!type.startsWith("application/json")) {
      String last = template.get().substring(template.get().lastIndexOf('/'));
      boolean isFile = last.equals("/{snapshot_name}") || last.equals("/snapshot");
      return isFile && verb.equals("get") && type.startsWith("text/plain")
          ? List.of()
          : List.of("content type is " + type);
    }
    String pointer =
        "/paths/"
            + template.get().replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
            + "/"
            + verb
            + "/responses/"
            + key
            + "/content/application~1json/schema";
    Schema schema =
        schemas.computeIfAbsent(pointer, p -> registry.getSchema(SchemaLocation.of(URI + "#" + p)));
    List<String> faults = new ArrayList<>();
    for (Error error :
        schema.validate(
            MAPPER.readTree(body),
            context -> context.executionConfig(c -> c.formatAssertionsEnabled(true)))) {
      faults.add(error.getInstanceLocation() + ": " + error.getMessage());
    }
    return faults;
  }
}
