package io.millrace.ingest.inbox;

import io.millrace.ingest.pipeline.Tally;
import io.millrace.ingest.record.Decoded;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What became of a file, one JSON line of `reports.ndjson`.
///
/// @param name as it was dropped, percent-encoded where it must be
/// @param isKnown its content was read before, nothing of it was applied
/// @param fault of the file as a whole
/// @param firstBad line, code and reason
record InboxReport(
    String source,
    String name,
    long number,
    String sha256,
    long bytes,
    Tally tally,
    boolean isKnown,
    Optional<Decoded.Bad> fault,
    String firstBad,
    String lastBad,
    double seconds) {
  private static final JsonFactory JSON = new JsonFactory();

  /// Lines that are in a log: what was dropped as a duplicate was logged before a stop.
  long applied() {
    return tally.applied() + tally.duplicate();
  }

  String toJson(boolean failed) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeNumberProperty("number", number);
      json.writeStringProperty("name", name);
      json.writeStringProperty("source", source);
      json.writeStringProperty("outcome", failed ? "failed" : isKnown ? "same_content" : "done");
      fault.ifPresent(bad -> {
        json.writeStringProperty("code", bad.code().name());
        json.writeStringProperty("message", bad.message());
      });
      json.writeStringProperty("sha256", sha256);
      json.writeNumberProperty("bytes", bytes);
      json.writeNumberProperty("records", tally.records());
      json.writeNumberProperty("applied", applied());
      json.writeNumberProperty("skipped", tally.skipped());
      json.writeObjectPropertyStart("dead");
      tally.dead().forEach((code, n) -> json.writeNumberProperty(code.name(), n));
      json.writeEndObject();
      if (!firstBad.isEmpty()) {
        json.writeStringProperty("first_failure", firstBad);
        json.writeStringProperty("last_failure", lastBad);
      }
      json.writeNumberProperty("seconds", Math.round(seconds * 1000) / 1000.0);
      json.writeEndObject();
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
