package io.millrace.api.json;

import java.io.OutputStream;
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

  /// The body of every error.
  public static void error(OutputStream out, String text, double seconds) {
    try (JsonGenerator json = to(out)) {
      json.writeStartObject();
      json.writeName("status");
      json.writeStartObject();
      json.writeStringProperty("error", text);
      json.writeEndObject();
      json.writeNumberProperty("time", seconds);
      json.writeEndObject();
    }
  }
}
