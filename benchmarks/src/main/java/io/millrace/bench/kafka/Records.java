package io.millrace.bench.kafka;

import io.millrace.bench.Points;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;

/// Records of shape S2 with made-up vectors: around 1,000 centres, so that a graph over them has
/// neighbourhoods to find, of unit length, as an embedding model gives them.
///
/// @param dimension components of a vector
/// @param form how a vector is written
/// @param everyBad one record in so many is cut off in its middle; 0 for none
record Records(int dimension, Form form, int everyBad) {
  private static final int CENTRES = 1_000;

  /// How a vector stands in its record.
  enum Form {
    /// A JSON array of numbers in their shortest form.
    JSON,
    /// `{"f32": "…"}`: base64 of little-endian float32.
    BASE64
  }

  boolean isBad(int id) {
    return everyBad > 0 && id % everyBad == everyBad - 1;
  }

  /// How many of the first `count` records are whole.
  int good(int count) {
    return everyBad > 0 ? count - count / everyBad : count;
  }

  float[] vector(int id) {
    var centre = new Random(id % CENTRES);
    var own = new Random(0x9E3779B97F4A7C15L * (id + 1));
    float[] vector = new float[dimension];
    double norm = 0;
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (centre.nextGaussian() + 0.7 * own.nextGaussian());
      norm += vector[i] * vector[i];
    }
    float scale = (float) (1 / Math.sqrt(norm));
    for (int i = 0; i < dimension; i++) {
      vector[i] *= scale;
    }
    return vector;
  }

  /// Payload of point `id`, as JSON.
  static String payload(int id) {
    return "{\"number\":" + id + ",\"group\":\"g" + id % 50 + "\",\"text\":\"record " + id + "\"}";
  }

  byte[] record(int id) {
    float[] vector = vector(id);
    var json = new StringBuilder(16 * dimension);
    json.append("{\"id\":").append(id).append(",\"vector\":");
    switch (form) {
      case JSON -> Points.append(json, vector);
      case BASE64 -> {
        ByteBuffer bytes = ByteBuffer.allocate(4 * dimension).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        json.append("{\"f32\":\"")
            .append(Base64.getEncoder().encodeToString(bytes.array()))
            .append("\"}");
      }
    }
    json.append(",\"payload\":").append(payload(id)).append('}');
    int end = isBad(id) ? json.length() / 2 : json.length();
    return json.substring(0, end).getBytes(StandardCharsets.UTF_8);
  }
}
