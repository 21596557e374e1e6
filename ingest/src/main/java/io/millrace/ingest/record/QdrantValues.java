package io.millrace.ingest.record;

import io.millrace.ingest.record.wire.Qdrant;
import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadText;
import java.io.ByteArrayOutputStream;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Payloads and vectors of Qdrant's messages; both the old flat vectors and the new kinds.
final class QdrantValues {
  private static final JsonFactory JSON = new JsonFactory();

  private final RestReaders readers;

  QdrantValues(RestReaders readers) {
    this.readers = readers;
  }

  static PayloadBytes payload(Map<String, Qdrant.Value> fields) {
    if (fields.isEmpty()) {
      return PayloadBytes.EMPTY;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      object(fields, json);
    }
    try {
      return PayloadText.canonical(out.toByteArray());
    } catch (BadInput | JacksonException e) {
      throw new BadRecord(Code.JSON_SYNTAX, "/payload", String.valueOf(e.getMessage()));
    }
  }

  private static void object(Map<String, Qdrant.Value> fields, JsonGenerator json) {
    json.writeStartObject();
    fields.forEach((name, value) -> {
      json.writeName(name);
      value(value, json);
    });
    json.writeEndObject();
  }

  private static void value(Qdrant.Value value, JsonGenerator json) {
    switch (value.getKindCase()) {
      case NULL_VALUE, KIND_NOT_SET -> json.writeNull();
      case DOUBLE_VALUE -> {
        if (!Double.isFinite(value.getDoubleValue())) {
          throw new BadRecord(
              Code.JSON_SYNTAX, "/payload", "JSON has no word for NaN and infinity");
        }
        json.writeNumber(value.getDoubleValue());
      }
      case INTEGER_VALUE -> json.writeNumber(value.getIntegerValue());
      case STRING_VALUE -> json.writeString(value.getStringValue());
      case BOOL_VALUE -> json.writeBoolean(value.getBoolValue());
      case STRUCT_VALUE -> object(value.getStructValue().getFieldsMap(), json);
      case LIST_VALUE -> {
        json.writeStartArray();
        value.getListValue().getValuesList().forEach(item -> value(item, json));
        json.writeEndArray();
      }
    }
  }

  Map<String, VectorValue> vectors(Qdrant.Vectors vectors) {
    Map<String, VectorValue> named = new LinkedHashMap<>();
    switch (vectors.getVectorsOptionsCase()) {
      case VECTOR -> named.put("", vector(vectors.getVector()));
      case VECTORS ->
          vectors
              .getVectors()
              .getVectorsMap()
              .forEach((name, value) -> named.put(name, vector(value)));
      case VECTORSOPTIONS_NOT_SET -> {}
    }
    return named;
  }

  private VectorValue vector(Qdrant.Vector vector) {
    return switch (vector.getVectorCase()) {
      case DENSE -> new VectorValue.Dense(floats(vector.getDense().getDataList()));
      case SPARSE ->
          VectorReader.sparse(
              vector.getSparse().getIndicesList().stream().mapToInt(Integer::intValue).toArray(),
              floats(vector.getSparse().getValuesList()));
      case MULTI_DENSE -> multi(vector.getMultiDense().getVectorsList());
      case DOCUMENT -> {
        Qdrant.Document document = vector.getDocument();
        Qdrant.Value text = Qdrant.Value.newBuilder().setStringValue(document.getText()).build();
        yield embedded("text", text, document.getModel(), document.getOptionsMap());
      }
      case IMAGE -> {
        Qdrant.Image image = vector.getImage();
        yield embedded("image", image.getImage(), image.getModel(), image.getOptionsMap());
      }
      case OBJECT -> {
        Qdrant.InferenceObject object = vector.getObject();
        yield embedded("object", object.getObject(), object.getModel(), object.getOptionsMap());
      }
      case VECTOR_NOT_SET -> flat(vector);
    };
  }

  private VectorValue embedded(
      String kind, Qdrant.Value what, String model, Map<String, Qdrant.Value> options) {
    var text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeName(kind);
      value(what, json);
      json.writeStringProperty("model", model);
      json.writeName("options");
      object(options, json);
      json.writeEndObject();
    }
    return readers.embedded(text.toString(), "/vectors");
  }

  private static VectorValue flat(Qdrant.Vector vector) {
    float[] data = floats(vector.getDataList());
    if (vector.hasIndices()) {
      return VectorReader.sparse(
          vector.getIndices().getDataList().stream().mapToInt(Integer::intValue).toArray(), data);
    }
    if (vector.hasVectorsCount() && vector.getVectorsCount() > 0) {
      int rows = vector.getVectorsCount();
      if (data.length == 0 || data.length % rows != 0) {
        throw new BadRecord(
            Code.MULTI_RAGGED,
            "/vectors",
            data.length + " components do not make " + rows + " equal rows");
      }
      return new VectorValue.Multi(data.length / rows, data);
    }
    if (data.length == 0) {
      throw new BadRecord(Code.VECTOR_EMPTY, "/vectors", "The vector has no components");
    }
    return new VectorValue.Dense(data);
  }

  private static VectorValue multi(List<Qdrant.DenseVector> rows) {
    int dimension = rows.isEmpty() ? 0 : rows.getFirst().getDataCount();
    if (dimension == 0) {
      throw new BadRecord(Code.VECTOR_EMPTY, "/vectors", "The multivector has no components");
    }
    float[] all = new float[Math.multiplyExact(dimension, rows.size())];
    int at = 0;
    for (Qdrant.DenseVector row : rows) {
      if (row.getDataCount() != dimension) {
        throw new BadRecord(
            Code.MULTI_RAGGED, "/vectors", "The rows of a multivector have one length");
      }
      for (float component : floats(row.getDataList())) {
        all[at++] = component;
      }
    }
    return new VectorValue.Multi(dimension, all);
  }

  private static float[] floats(List<Float> list) {
    float[] floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.get(i);
      if (!Float.isFinite(floats[i])) {
        throw new BadRecord(
            Code.VECTOR_NOT_FINITE, "/vectors", "Component " + i + " is not a finite number");
      }
    }
    return floats;
  }
}
