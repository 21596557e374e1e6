package io.millrace.app;

import io.millrace.ingest.pipeline.SourceStatus;
import io.millrace.ingest.pipeline.SourceStatus.StreamStatus;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// States of sources for people: a list with one object per source, streams inside.
final class SourcesJson {
  private static final JsonFactory JSON = new JsonFactory();

  private SourcesJson() {}

  static String of(List<SourceStatus> sources) {
    var text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartArray();
      for (SourceStatus source : sources) {
        json.writeStartObject();
        json.writeStringProperty("name", source.name());
        json.writeStringProperty("type", source.type());
        json.writeStringProperty("state", source.health().state().name().toLowerCase(Locale.ROOT));
        json.writeStringProperty("why", source.health().why());
        json.writeNumberProperty("epoch", source.epoch());
        json.writeNumberProperty("lag", source.lag());
        json.writeNumberProperty("records", source.tally().records());
        json.writeNumberProperty("applied", source.tally().applied());
        json.writeNumberProperty("dead", source.tally().deadTotal());
        json.writeName("streams");
        json.writeStartArray();
        for (StreamStatus stream : source.streams()) {
          json.writeStartObject();
          json.writeStringProperty("stream", stream.stream());
          json.writeStringProperty(
              "state", stream.health().state().name().toLowerCase(Locale.ROOT));
          json.writeNumberProperty("next", stream.next());
          json.writeNumberProperty("lag", stream.lag());
          json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    return text.toString();
  }
}
