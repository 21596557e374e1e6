package io.millrace.ingest.record;

import io.millrace.ingest.config.Binding.KeyFormat;
import io.millrace.model.PointId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Keys that name a point: an object with `id` (and `collection_name`), a JSON number, a JSON
/// string with a UUID, plain text `42` or a UUID without quotes; binary ones by the binding's
/// format.
final class KeyReader {
  private KeyReader() {}

  /// Longest key that can name a point, with room for a wrapper around it.
  private static final int MAX_BYTES = 64 << 10;

  record Key(Optional<PointId> id, Optional<String> collection) {
    static final Key NONE = new Key(Optional.empty(), Optional.empty());
  }

  static Key of(byte @Nullable [] key, KeyFormat format) {
    return key == null ? Key.NONE : read(key, format);
  }

  /// The key, if it is a JSON object; one in Connect's wrapper is taken out of it.
  static Optional<Text> object(byte @Nullable [] key) {
    if (key == null || key.length > MAX_BYTES) {
      return Optional.empty();
    }
    try {
      Shape.Scan scan = Shape.scan(Text.of(key));
      return Optional.of(scan.wrapped().orElseGet(() -> Text.of(key)));
    } catch (BadRecord | JacksonException none) {
      return Optional.empty();
    }
  }

  static Key read(byte[] key, KeyFormat format) {
    return switch (format) {
      case LONG -> key.length == 8 ? named(PointId.of(ByteBuffer.wrap(key).getLong())) : Key.NONE;
      case UUID -> {
        if (key.length != 16) {
          yield Key.NONE;
        }
        ByteBuffer b = ByteBuffer.wrap(key);
        yield named(new PointId.Uuid(b.getLong(), b.getLong()));
      }
      case TEXT -> text(key);
    };
  }

  private static Key named(PointId id) {
    return new Key(Optional.of(id), Optional.empty());
  }

  private static Key text(byte[] key) {
    if (key.length > MAX_BYTES) {
      return Key.NONE;
    }
    try {
      return json(Text.of(key), 0);
    } catch (BadRecord | JacksonException notJson) {
      String plain = new String(key, StandardCharsets.UTF_8).strip();
      return Ids.fromUuidText(plain).map(KeyReader::named).orElse(Key.NONE);
    }
  }

  private static Key json(Text text, int depth) {
    try (JsonParser p = text.parser()) {
      JsonToken first = p.nextToken();
      if (first == null) {
        return Key.NONE;
      }
      Key key =
          switch (first) {
            case START_OBJECT -> object(p, text, depth);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                new Key(Ids.fromNumber(p.getString()), Optional.empty());
            case VALUE_STRING -> new Key(Ids.fromUuidText(p.getString()), Optional.empty());
            default -> {
              p.skipChildren();
              yield Key.NONE;
            }
          };
      Shape.endOfText(p);
      return key;
    }
  }

  private static Key object(JsonParser p, Text text, int depth) {
    Optional<PointId> id = Optional.empty();
    Optional<String> collection = Optional.empty();
    Optional<Text> payload = Optional.empty();
    boolean schema = false;
    int fields = 0;
    while (p.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = p.currentName();
      JsonToken value = p.nextToken();
      fields++;
      switch (name) {
        case "id" -> id = Optional.of(PointFields.id(p));
        case "collection_name" -> {
          if (value == JsonToken.VALUE_STRING) {
            collection = Optional.of(p.getString());
          }
        }
        case "payload" -> {
          int start = text.tokenStart(p);
          p.skipChildren();
          p.finishToken();
          payload = Optional.of(text.slice(start, text.tokenEnd(p)));
        }
        default -> {
          schema |= name.equals("schema");
          p.skipChildren();
        }
      }
    }
    if (fields == 2 && schema && payload.isPresent() && depth == 0) {
      return json(payload.get(), 1);
    }
    return new Key(id, collection);
  }
}
