package io.millrace.api.endpoint;

import java.util.Map;
import tools.jackson.core.JsonGenerator;

/// Shorthand for answers that are written field by field.
record JsonParts(JsonGenerator out) {

  JsonParts object(String name, Runnable fields) {
    out.writeName(name);
    return object(fields);
  }

  JsonParts object(Runnable fields) {
    out.writeStartObject();
    fields.run();
    out.writeEndObject();
    return this;
  }

  JsonParts array(String name, Runnable items) {
    out.writeName(name);
    out.writeStartArray();
    items.run();
    out.writeEndArray();
    return this;
  }

  JsonParts emptyArray(String name) {
    return array(name, () -> {});
  }

  JsonParts text(String name, String value) {
    out.writeStringProperty(name, value);
    return this;
  }

  JsonParts number(String name, long value) {
    out.writeNumberProperty(name, value);
    return this;
  }

  JsonParts flag(String name, boolean value) {
    out.writeBooleanProperty(name, value);
    return this;
  }

  JsonParts counts(String name, Map<String, Long> counts) {
    return object(name, () -> counts.forEach(this::number));
  }
}
