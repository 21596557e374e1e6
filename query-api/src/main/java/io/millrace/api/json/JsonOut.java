package io.millrace.api.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.OutputStream;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;

/// Writes JSON into a stream as it comes.
public final class JsonOut {
  private JsonOut() {}

  /// Closing it neither closes the stream nor completes what is half written.
  public static JsonGenerator to(OutputStream out) {
    return JsonIn.MAPPER
        .writer()
        .without(StreamWriteFeature.AUTO_CLOSE_TARGET)
        .without(StreamWriteFeature.AUTO_CLOSE_CONTENT)
        .without(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
        .createGenerator(out);
  }

  /// The field `usage` of an answer; left out where no model read anything.
  ///
  /// @param tokens that models read, by model
  public static void usage(JsonGenerator json, Map<String, Long> tokens) {
    if (tokens.isEmpty()) {
      return;
    }
    json.writeObjectPropertyStart("usage");
    json.writeObjectPropertyStart("inference");
    json.writeObjectPropertyStart("models");
    tokens.forEach((model, n) -> {
      json.writeObjectPropertyStart(model);
      json.writeNumberProperty("tokens", n);
      json.writeEndObject();
    });
    json.writeEndObject();
    json.writeEndObject();
    json.writeEndObject();
  }

  /// The body of every error. A client's text that was cut within a character, or held half of one,
  /// gets a question mark there.
  public static void error(OutputStream out, String text, double seconds) {
    try (JsonGenerator json = to(out)) {
      json.writeStartObject();
      json.writeName("status");
      json.writeStartObject();
      json.writeStringProperty("error", new String(text.getBytes(UTF_8), UTF_8));
      json.writeEndObject();
      json.writeNumberProperty("time", seconds);
      json.writeEndObject();
    }
  }
}
