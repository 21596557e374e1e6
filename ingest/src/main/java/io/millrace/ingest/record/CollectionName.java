package io.millrace.ingest.record;

import io.millrace.ingest.config.Binding;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.JsonToken;

/// Which collection a record goes to: the binding's, else the header's, else the value's. What a
/// placeholder yields is taken as it is or refused: mending a name could merge two tenants.
final class CollectionName {
  private CollectionName() {}

  /// @param named what value or key say
  /// @param body where JSON pointers look
  static String of(
      Binding binding,
      RawRecord record,
      Origin origin,
      Optional<String> named,
      Optional<Text> body) {
    if (binding.collection().isPresent()) {
      String name = filled(binding.collection().get(), record, origin, body);
      if (!binding.allows(name)) {
        throw notAllowed(name);
      }
      return name;
    }
    String name =
        record
            .header("millrace-collection")
            .or(() -> named)
            .orElseThrow(() ->
                new BadRecord(
                    Code.NO_COLLECTION, "", "Neither binding, header nor value name a collection"));
    if (!binding.allows(name)) {
      throw notAllowed(name);
    }
    return name;
  }

  private static BadRecord notAllowed(String name) {
    return new BadRecord(
        Code.COLLECTION_NOT_ALLOWED,
        "/collection_name",
        "The binding does not allow the collection '" + shortened(name) + "'");
  }

  private static String filled(
      String template, RawRecord record, Origin origin, Optional<Text> body) {
    int open = template.indexOf('{');
    if (open < 0) {
      return template;
    }
    StringBuilder name = new StringBuilder();
    int at = 0;
    while (open >= 0) {
      int close = template.indexOf('}', open);
      if (close < 0) {
        break;
      }
      name.append(template, at, open);
      String placeholder = template.substring(open + 1, close);
      String value =
          value(placeholder, record, origin, body)
              .orElseThrow(() ->
                  new BadRecord(
                      Code.COLLECTION_NOT_ALLOWED,
                      placeholder.startsWith("/") ? placeholder : "",
                      "Nothing to fill {" + placeholder + "} of the collection's name with"));
      if (!isPlain(value)) {
        throw new BadRecord(
            Code.COLLECTION_NOT_ALLOWED,
            placeholder.startsWith("/") ? placeholder : "",
            "{"
                + placeholder
                + "} yields '"
                + shortened(value)
                + "'; only letters, digits, '.', '_' and '-' may stand in a name");
      }
      name.append(value);
      at = close + 1;
      open = template.indexOf('{', at);
    }
    return name.append(template, at, template.length()).toString();
  }

  private static Optional<String> value(
      String placeholder, RawRecord record, Origin origin, Optional<Text> body) {
    if (placeholder.startsWith("header:")) {
      return record.header(placeholder.substring("header:".length()));
    }
    if (placeholder.startsWith("/")) {
      return body.flatMap(text -> at(placeholder, text));
    }
    return switch (origin) {
      case Origin.Topic(String topic) ->
          placeholder.equals("topic") ? Optional.of(topic) : Optional.empty();
      case Origin.DroppedFile file ->
          placeholder.equals("file:stem") ? Optional.of(file.stem()) : Optional.empty();
    };
  }

  /// Text or number at a JSON pointer.
  private static Optional<String> at(String pointer, Text text) {
    try (JsonParser p = text.parser()) {
      JsonPointer rest = JsonPointer.compile(pointer);
      p.nextToken();
      while (!rest.matches()) {
        if (p.currentToken() == JsonToken.START_OBJECT) {
          JsonPointer next = null;
          while (next == null && p.nextToken() == JsonToken.PROPERTY_NAME) {
            next = rest.matchProperty(p.currentName());
            p.nextToken();
            if (next == null) {
              p.skipChildren();
            }
          }
          if (next == null) {
            return Optional.empty();
          }
          rest = next;
        } else {
          return Optional.empty();
        }
      }
      JsonToken token = p.currentToken();
      return token == JsonToken.VALUE_STRING || token != null && token.isNumeric()
          ? Optional.of(p.getString())
          : Optional.empty();
    } catch (JacksonException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
      if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return !value.isEmpty();
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
