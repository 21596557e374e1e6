package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A declared payload index: a type's name, or an object with `type` and parameters.
///
/// @param normal the name as a string, or the object with known fields only
public record IndexSchema(JsonNode normal) {
  private static final Shape MEMORY = Shape.choice("cold", "cached", "pinned");

  private static final Map<String, Shape.Struct> TYPES =
      Map.of(
          "keyword",
          type("keyword").with("is_tenant", Shape.BOOL).with("prefix", Shape.BOOL),
          "integer",
          type("integer")
              .with("lookup", Shape.BOOL)
              .with("range", Shape.BOOL)
              .with("is_principal", Shape.BOOL),
          "float",
          type("float").with("is_principal", Shape.BOOL),
          "geo",
          type("geo"),
          "text",
          type("text")
              .with("tokenizer", Shape.choice("prefix", "whitespace", "word", "multilingual"))
              .with("min_token_len", Shape.whole(0))
              .with("max_token_len", Shape.whole(0))
              .with("lowercase", Shape.BOOL)
              .with("ascii_folding", Shape.BOOL)
              .with("phrase_matching", Shape.BOOL)
              .with("stopwords", TextShapes.STOPWORDS)
              .with("stemmer", TextShapes.STEMMER),
          "bool",
          type("bool"),
          "datetime",
          type("datetime").with("is_principal", Shape.BOOL),
          "uuid",
          type("uuid").with("is_tenant", Shape.BOOL));

  private static Shape.Struct type(String name) {
    return Shape.struct("payload index params")
        .require("type", Shape.choice(name))
        .with("on_disk", Shape.BOOL)
        .with("memory", MEMORY)
        .with("enable_hnsw", Shape.BOOL);
  }

  /// The body of `PUT …/index`.
  ///
  /// @param schema empty if the client left it to the server, which cannot know it
  public record Declaration(String path, Optional<IndexSchema> schema) {}

  public static Declaration declaration(JsonIn in) {
    String path = null;
    Optional<IndexSchema> schema = Optional.empty();
    JsonIn.Fields fields = in.object("struct CreateFieldIndex");
    while (fields.next()) {
      switch (fields.name()) {
        case "field_name" -> path = PayloadPath.parse(in.string()).toString();
        case "field_schema", "field_type" -> schema = Optional.of(read(in));
        default -> in.skip();
      }
    }
    return new Declaration(in.require(path, "field_name"), schema);
  }

  private static IndexSchema read(JsonIn in) {
    JsonNode node = in.tree();
    if (node.isString()) {
      String type = node.stringValue();
      if (!TYPES.containsKey(type)) {
        throw Tree.unknownVariant(type, "a payload index type");
      }
      return new IndexSchema(node);
    }
    Tree.object(node, "a payload index type or params");
    String type = Tree.string(Tree.required(node, "type"));
    Shape.Struct shape = TYPES.get(type);
    if (shape == null) {
      throw BadInput.format("data did not match any variant of untagged enum PayloadFieldSchema");
    }
    ObjectNode normal = shape.read(node, At.BODY.field("field_schema"), in.violations());
    if (type.equals("integer")
        && !normal.path("lookup").booleanValue(true)
        && !normal.path("range").booleanValue(true)) {
      in.violations()
          .add(
              At.BODY.field("field_schema"),
              "Validation error: the 'lookup' and 'range' capabilities can't be both disabled"
                  + " [{}]");
    }
    return new IndexSchema(normal);
  }

  /// What the engine acts on.
  public PayloadIndex typed() {
    return switch (type()) {
      case "keyword" -> new PayloadIndex.Keyword(flag("is_tenant", false), flag("prefix", false));
      case "integer" -> new PayloadIndex.Whole(flag("lookup", true), flag("range", true));
      case "float" -> new PayloadIndex.Decimal();
      case "geo" -> new PayloadIndex.Geo();
      case "bool" -> new PayloadIndex.Bool();
      case "datetime" -> new PayloadIndex.DateTime();
      case "uuid" -> new PayloadIndex.Uuid(flag("is_tenant", false));
      case "text" -> new PayloadIndex.Text(TextShapes.options(normal));
      default -> throw new IllegalStateException("checked when it was read: " + type());
    };
  }

  private boolean flag(String field, boolean otherwise) {
    return normal.path(field).booleanValue(otherwise);
  }

  public String type() {
    return normal.isString() ? normal.stringValue() : normal.path("type").stringValue();
  }

  /// Writes the entry of `payload_schema`.
  ///
  /// @param points how many points have a value there
  public void write(JsonGenerator out, long points) {
    out.writeStartObject();
    out.writeStringProperty("data_type", type());
    if (normal instanceof ObjectNode given) {
      ObjectNode params = given.deepCopy();
      switch (type()) {
        case "integer" -> {
          nullUnlessGiven(params, "lookup");
          nullUnlessGiven(params, "range");
          nullUnlessGiven(params, "is_principal");
        }
        case "float", "datetime" -> nullUnlessGiven(params, "is_principal");
        case "text" -> {
          if (!params.has("tokenizer")) {
            params.put("tokenizer", "word");
          }
        }
        default -> {}
      }
      out.writeName("params");
      out.writeTree(params);
    }
    out.writeNumberProperty("points", points);
    out.writeEndObject();
  }

  private static void nullUnlessGiven(ObjectNode params, String field) {
    if (!params.has(field)) {
      params.putNull(field);
    }
  }
}
