package io.millrace.app.command;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.io.ByteArrayOutputStream;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// One JSON object per log line: `ts`, `level`, `logger`, `thread`, `msg`, then the line's
/// key-value pairs, numbers as numbers, and `error` with the trace where there is one.
final class JsonLines extends EncoderBase<ILoggingEvent> {
  private static final byte[] NONE = {};
  private final JsonFactory factory = new JsonFactory();

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = factory.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("ts", event.getInstant().toString());
      json.writeStringProperty("level", event.getLevel().toString());
      json.writeStringProperty("logger", event.getLoggerName());
      json.writeStringProperty("thread", event.getThreadName());
      json.writeStringProperty("msg", event.getFormattedMessage());
      if (event.getKeyValuePairs() != null) {
        event.getKeyValuePairs().forEach(pair -> write(json, pair));
      }
      if (event.getThrowableProxy() != null) {
        json.writeStringProperty("error", ThrowableProxyUtil.asString(event.getThrowableProxy()));
      }
      json.writeEndObject();
    }
    out.write('\n');
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, KeyValuePair pair) {
    switch (pair.value) {
      case Integer number -> json.writeNumberProperty(pair.key, number);
      case Long number -> json.writeNumberProperty(pair.key, number);
      case null, default -> json.writeStringProperty(pair.key, String.valueOf(pair.value));
    }
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }
}
