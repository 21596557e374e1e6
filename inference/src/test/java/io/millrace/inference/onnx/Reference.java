package io.millrace.inference.onnx;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What other programs make of a text: ids by Hugging Face's tokenizers 0.23.3 with 256 tokens at
/// most, vectors by ONNX Runtime 1.32 for Python from the same model file and the mean of the
/// tokens' states.
record Reference(String text, int[] ids, Optional<float[]> vector) {
  private static final JsonMapper JSON = new JsonMapper();

  static List<Reference> all() throws IOException {
    List<Reference> all = new ArrayList<>();
    try (var in =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Reference.class.getResourceAsStream("reference.ndjson")),
                StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        all.add(of(JSON.readTree(line)));
      }
    }
    return all;
  }

  private static Reference of(JsonNode node) {
    int[] ids = new int[node.path("ids").size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = node.path("ids").get(i).intValue();
    }
    JsonNode vector = node.path("vector");
    float[] values = new float[vector.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = vector.get(i).floatValue();
    }
    return new Reference(
        node.path("text").asString(),
        ids,
        values.length == 0 ? Optional.empty() : Optional.of(values));
  }
}
