package io.millrace.ingest.record;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Reading.Format;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// Tells the form of a value: by the binding, by headers, by the framing of a schema registry
/// (`0x00`, four bytes of id), else JSON. Nothing else is guessed: protobuf bytes can look like
/// anything.
final class Forms {
  private static final int FRAME_BYTES = 5;
  private static final String GUID_HEADER = "__value_schema_id";

  private final Optional<Schemas> schemas;
  private final AvroSchemas avro = new AvroSchemas();

  Forms(Optional<Schemas> schemas) {
    this.schemas = schemas;
  }

  Form of(RawRecord record, byte[] value, Binding binding, RestReaders readers) {
    Format format = binding.reading().format();
    String content = format == Format.AUTO ? record.header("content-type").orElse("") : "";
    if (format == Format.PROTOBUF || content.startsWith("application/x-protobuf")) {
      return QdrantMessages.read(
          messageName(content)
              .or(() -> binding.reading().message())
              .orElseThrow(() ->
                  new BadRecord(
                      Code.SCHEMA_DECODE,
                      "",
                      "Neither the header content-type nor the binding name the message")),
          value,
          readers);
    }
    if (format == Format.JSON || content.startsWith("application/json")) {
      return new Form.Json(Text.of(value));
    }
    byte[] guid = guid(record);
    boolean framed = value.length >= FRAME_BYTES && value[0] == 0;
    if (schemas.isPresent() && (guid.length > 0 || framed)) {
      return registered(schemas.get(), guid, value);
    }
    if (format == Format.AVRO || format == Format.JSON_SCHEMA) {
      throw new BadRecord(
          Code.SCHEMA_DECODE,
          "",
          schemas.isEmpty()
              ? "The source has no registry"
              : "The value has no schema id: it does not begin with 0x00");
    }
    return new Form.Json(Text.of(value));
  }

  /// Of `application/x-protobuf;messageType=qdrant.UpsertPoints`.
  private static Optional<String> messageName(String contentType) {
    int at = contentType.indexOf("messageType=");
    if (at < 0) {
      return Optional.empty();
    }
    int from = at + "messageType=".length();
    int end = contentType.indexOf(';', from);
    return Optional.of(contentType.substring(from, end < 0 ? contentType.length() : end).strip());
  }

  private static byte[] guid(RawRecord record) {
    for (RawRecord.Header header : record.headers().reversed()) {
      if (header.name().equals(GUID_HEADER)
          && header.value().length == 17
          && header.value()[0] == 1) {
        return Arrays.copyOfRange(header.value(), 1, 17);
      }
    }
    return new byte[0];
  }

  private Form registered(Schemas from, byte[] guid, byte[] value) {
    String reference;
    int body;
    if (guid.length > 0) {
      String hex = HexFormat.of().formatHex(guid);
      reference =
          "/schemas/guids/"
              + String.join(
                  "-",
                  hex.substring(0, 8),
                  hex.substring(8, 12),
                  hex.substring(12, 16),
                  hex.substring(16, 20),
                  hex.substring(20));
      body = 0;
    } else {
      int id =
          (value[1] & 0xFF) << 24
              | (value[2] & 0xFF) << 16
              | (value[3] & 0xFF) << 8
              | value[4] & 0xFF;
      reference = "/schemas/ids/" + Integer.toUnsignedString(id);
      body = FRAME_BYTES;
    }
    Schemas.Schema schema =
        from.find(reference)
            .orElseThrow(() ->
                new BadRecord(
                    Code.SCHEMA_DECODE, "", "The registry has no schema at " + reference));
    return switch (schema.type()) {
      case JSON -> new Form.Json(Text.of(Arrays.copyOfRange(value, body, value.length)));
      case AVRO -> new Form.Json(Text.of(avro.of(schema.text()).toJson(value, body)));
      case PROTOBUF ->
          throw new BadRecord(
              Code.SCHEMA_DECODE, "", "Protobuf schemas of a registry are not read here");
    };
  }
}
