package io.millrace.app.command;

import io.millrace.model.PointId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What users write on the command line as JSON values: ids, vectors, filters.
final class Texts {
  private static final String STDIN = "-";

  private Texts() {}

  /// Digits are an integer id, everything else is sent as text.
  static JsonNode id(String text) {
    return PointId.parseNumber(text).isPresent()
        ? JsonNodeFactory.instance.numberNode(new java.math.BigInteger(text))
        : JsonNodeFactory.instance.stringNode(text);
  }

  /// `[0.1, 0.2]`, `0.1,0.2` or `-` for either of them on stdin.
  static JsonNode vector(String text) {
    String t = (text.equals(STDIN) ? stdin() : text).strip();
    JsonNode vector = option(t.startsWith("[") || t.startsWith("{") ? t : "[" + t + "]", "vector");
    if (vector.isArray()) {
      for (JsonNode component : vector) {
        if (!component.isNumber() && !component.isArray()) {
          throw CommandFailure.misuse("the vector holds " + component + ", which is not a number");
        }
      }
    }
    return vector;
  }

  /// The value of an option.
  static JsonNode option(String text, String what) {
    try {
      return Remote.JSON.readTree(text);
    } catch (JacksonException e) {
      throw CommandFailure.misuse("the " + what + " is not valid JSON: " + e.getOriginalMessage());
    }
  }

  /// What a file, a server or a state of before holds.
  static JsonNode json(String text, String what) {
    try {
      return Remote.JSON.readTree(text);
    } catch (JacksonException e) {
      throw new CommandFailure("the " + what + " is not valid JSON: " + e.getOriginalMessage());
    }
  }

  private static String stdin() {
    InputStream in = System.in;
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CommandFailure("stdin cannot be read: " + e.getMessage());
    }
  }
}
