package io.millrace.app.command;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Points of a collection as a Parquet file, which inboxes read back without a mapping:
///
/// ```
/// file     "PAR1", row groups (a page per column), footer (Thrift), u32 its length, "PAR1"
/// id       text: a whole number or a UUID
/// vector   the unnamed vector: list of float, or list of lists for a multivector
/// vectors  struct of the named ones; a sparse one is a struct of `indices` and `values`
/// payload  JSON text of the whole object, so that every digit stays
/// ```
final class ParquetPoints {
  static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private static final int ZSTD = 6;
  private static final int REQUIRED = 0;
  private static final int OPTIONAL = 1;
  private static final int REPEATED = 2;
  private static final int UTF8 = 0; // converted types
  private static final int LIST = 3;
  private static final int JSON = 19;

  private final List<Node> fields = new ArrayList<>();
  private final List<ParquetColumn> columns = new ArrayList<>();

  /// A part of the schema. Everything but `id` and the elements of lists may be absent.
  private sealed interface Node {
    String name();

    record Leaf(String name, ParquetColumn column, boolean isRequired, int converted)
        implements Node {}

    record ListOf(String name, boolean isRequired, Node element) implements Node {}

    record Group(String name, List<Node> children) implements Node {}
  }

  /// Where a leaf stands.
  private record Place(List<String> path, int repetition, int definition) {
    Place below(List<String> names, int moreRepetition, int moreDefinition) {
      List<String> longer = new ArrayList<>(path);
      longer.addAll(names);
      return new Place(longer, repetition + moreRepetition, definition + moreDefinition);
    }
  }

  /// @param params of the collection's configuration
  ParquetPoints(JsonNode params) {
    Place top = new Place(List.of(), 0, 0);
    fields.add(leaf("id", ParquetColumn.Type.BYTE_ARRAY, true, UTF8, top));
    JsonNode dense = params.path("vectors");
    if (dense.has("size")) {
      fields.add(dense("vector", dense, top));
      dense = Remote.JSON.createObjectNode();
    }
    List<Node> named = new ArrayList<>();
    Place inside = top.below(List.of("vectors"), 0, 1);
    dense.properties().forEach(each -> named.add(dense(each.getKey(), each.getValue(), inside)));
    params
        .path("sparse_vectors")
        .properties()
        .forEach(each -> {
          Place sparse = inside.below(List.of(each.getKey()), 0, 1);
          named.add(
              new Node.Group(
                  each.getKey(),
                  List.of(
                      list("indices", ParquetColumn.Type.INT64, sparse),
                      list("values", ParquetColumn.Type.FLOAT, sparse))));
        });
    if (!named.isEmpty()) {
      fields.add(new Node.Group("vectors", named));
    }
    fields.add(leaf("payload", ParquetColumn.Type.BYTE_ARRAY, false, JSON, top));
  }

  private Node leaf(
      String name, ParquetColumn.Type type, boolean isRequired, int converted, Place above) {
    Place place = above.below(List.of(name), 0, isRequired ? 0 : 1);
    var column = new ParquetColumn(place.path(), type, place.repetition(), place.definition());
    columns.add(column);
    return new Node.Leaf(name, column, isRequired, converted);
  }

  private Node dense(String name, JsonNode params, Place above) {
    if (!params.path("multivector_config").isObject()) {
      return list(name, ParquetColumn.Type.FLOAT, above);
    }
    Place rows = above.below(List.of(name, "list"), 1, 2);
    Place row = rows.below(List.of("element", "list"), 1, 1);
    return new Node.ListOf(
        name,
        false,
        new Node.ListOf("element", true, leaf("element", ParquetColumn.Type.FLOAT, true, -1, row)));
  }

  private Node list(String name, ParquetColumn.Type type, Place above) {
    Place inside = above.below(List.of(name, "list"), 1, 2);
    return new Node.ListOf(name, false, leaf("element", type, true, -1, inside));
  }

  // ---- rows

  /// @param point as the server sent it
  void add(String point) {
    JsonNode json = Remote.JSON.readTree(point);
    for (Node field : fields) {
      JsonNode value =
          switch (field.name()) {
            case "id" -> Remote.JSON.stringNode(json.path("id").asString());
            case "vector" -> json.path("vector");
            case "vectors" -> json.path("vector");
            default -> payload(point);
          };
      write(field, value, 0, 0, 0);
    }
  }

  private static JsonNode payload(String point) {
    return PointPages.field(point, "payload")
        .map(text -> (JsonNode) Remote.JSON.stringNode(text))
        .orElseGet(Remote.JSON::nullNode);
  }

  /// @param repetition of the first value below
  /// @param depth lists around the node
  private void write(Node node, JsonNode value, int repetition, int definition, int depth) {
    boolean isAbsent = value.isNull() || value.isMissingNode();
    switch (node) {
      case Node.Leaf(var name, var column, var isRequired, var converted) -> {
        int defined = definition + (isRequired ? 0 : 1);
        if (isAbsent) {
          column.absent(repetition, definition);
        } else {
          switch (column.type) {
            case INT64 -> column.add(repetition, defined, value.longValue());
            case FLOAT -> column.add(repetition, defined, value.floatValue());
            case BYTE_ARRAY -> column.add(repetition, defined, value.stringValue());
          }
        }
      }
      case Node.Group(var name, var children) ->
          children.forEach(child -> {
            if (isAbsent) {
              absent(child, repetition, definition);
            } else {
              write(child, value.path(child.name()), repetition, definition + 1, depth);
            }
          });
      case Node.ListOf(var name, var isRequired, var element) -> {
        int defined = definition + (isRequired ? 0 : 1);
        if (isAbsent || value.isEmpty()) {
          absent(element, repetition, isAbsent ? definition : defined);
        }
        for (int i = 0; i < value.size(); i++) {
          write(element, value.get(i), i == 0 ? repetition : depth + 1, defined + 1, depth + 1);
        }
      }
    }
  }

  private static void absent(Node node, int repetition, int definition) {
    switch (node) {
      case Node.Leaf leaf -> leaf.column().absent(repetition, definition);
      case Node.Group group ->
          group.children().forEach(child -> absent(child, repetition, definition));
      case Node.ListOf list -> absent(list.element(), repetition, definition);
    }
  }

  /// What was added since the last group.
  ///
  /// @param offset where the bytes will stand in the file
  /// @param group is told where its columns are, for [#footer]
  byte[] rowGroup(long rows, long offset, ObjectNode group) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArrayNode chunks = group.put("rows", rows).putArray("columns");
    for (ParquetColumn column : columns) {
      ParquetColumn.Page page = column.page();
      chunks
          .addObject()
          .put("at", offset + out.size())
          .put("bytes", page.bytes().length)
          .put("plain", page.uncompressedBytes())
          .put("values", page.values());
      out.writeBytes(page.bytes());
    }
    return out.toByteArray();
  }

  // ---- footer

  /// @param groups as [#rowGroup] described them
  byte[] footer(JsonNode groups) {
    CompactThrift meta = new CompactThrift();
    List<CompactThrift.Fields> schema = new ArrayList<>();
    schema.add(() -> meta.text(4, "points").i32(5, fields.size()));
    fields.forEach(field -> describe(field, meta, schema));
    long rows = 0;
    List<CompactThrift.Fields> described = new ArrayList<>();
    for (JsonNode group : groups) {
      rows += group.path("rows").asLong();
      described.add(() -> describe(group, meta));
    }
    meta.i32(1, 1).structs(2, schema).i64(3, rows).structs(4, described).text(6, "millrace");
    byte[] thrift = meta.end();
    return ByteBuffer.allocate(thrift.length + 4 + MAGIC.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(thrift)
        .putInt(thrift.length)
        .put(MAGIC)
        .array();
  }

  private static void describe(Node node, CompactThrift meta, List<CompactThrift.Fields> into) {
    switch (node) {
      case Node.Leaf(var name, var column, var isRequired, var converted) ->
          into.add(() -> {
            meta.i32(1, column.type.number).i32(3, isRequired ? REQUIRED : OPTIONAL).text(4, name);
            if (converted >= 0) {
              meta.i32(6, converted);
            }
          });
      case Node.Group(var name, var children) -> {
        into.add(() -> meta.i32(3, OPTIONAL).text(4, name).i32(5, children.size()));
        children.forEach(child -> describe(child, meta, into));
      }
      case Node.ListOf(var name, var isRequired, var element) -> {
        into.add(() ->
            meta.i32(3, isRequired ? REQUIRED : OPTIONAL).text(4, name).i32(5, 1).i32(6, LIST));
        into.add(() -> meta.i32(3, REPEATED).text(4, "list").i32(5, 1));
        describe(element, meta, into);
      }
    }
  }

  private void describe(JsonNode group, CompactThrift meta) {
    List<CompactThrift.Fields> chunks = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < columns.size(); i++) {
      ParquetColumn column = columns.get(i);
      JsonNode chunk = group.path("columns").path(i);
      long at = chunk.path("at").asLong();
      bytes += chunk.path("plain").asLong();
      chunks.add(() ->
          meta.i64(2, at)
              .struct(
                  3,
                  () ->
                      meta.i32(1, column.type.number)
                          .i32s(2, List.of(0, 3))
                          .texts(3, column.path)
                          .i32(4, ZSTD)
                          .i64(5, chunk.path("values").asLong())
                          .i64(6, chunk.path("plain").asLong())
                          .i64(7, chunk.path("bytes").asLong())
                          .i64(9, at)));
    }
    meta.structs(1, chunks).i64(2, bytes).i64(3, group.path("rows").asLong());
  }
}
