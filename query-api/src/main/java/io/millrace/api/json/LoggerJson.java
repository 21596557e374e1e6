package io.millrace.api.json;

import io.millrace.api.LogControl.Level;
import io.millrace.model.BadInput;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/// Qdrant's `LoggerConfig`, of which the level can be changed while the server runs.
public final class LoggerJson {
  private LoggerJson() {}

  /// `{"log_level"?: "debug"}`; empty where nothing is to change.
  public static Optional<Level> level(JsonIn in) {
    Optional<Level> level = Optional.empty();
    JsonIn.Fields fields = in.object("struct LoggerConfig");
    while (fields.next()) {
      switch (fields.name()) {
        case "log_level" -> level = Optional.of(level(in.string()));
        case "format", "on_disk", "span_events", "color" ->
            throw BadInput.badRequest(
                "logger."
                    + fields.name()
                    + " cannot be changed while the server runs; log_level can");
        default -> in.skip();
      }
    }
    return level;
  }

  private static Level level(String text) {
    return Arrays.stream(Level.values())
        .filter(level -> level.name().equals(text.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            BadInput.badRequest(
                "log_level is one of off, error, warn, info, debug, trace, got `" + text + "`"));
  }

  public static void write(JsonGenerator out, Level level) {
    out.writeStartObject();
    out.writeStringProperty("log_level", level.name());
    out.writeEndObject();
  }
}
