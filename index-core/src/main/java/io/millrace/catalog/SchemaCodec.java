package io.millrace.catalog;

import com.google.protobuf.InvalidProtocolBufferException;
import io.millrace.catalog.wire.Wire;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.TextOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Payload schemas and their bytes (`PayloadSchema` in `catalog.proto`), in the catalog and between
/// processes. Equal schemas have equal bytes.
public final class SchemaCodec {
  private SchemaCodec() {}

  public static byte[] encode(PayloadSchema schema) {
    Wire.PayloadSchema.Builder wire = Wire.PayloadSchema.newBuilder();
    Map<String, PayloadIndex> sorted = new java.util.TreeMap<>();
    schema.indexes().forEach((path, index) -> sorted.put(path.toString(), index));
    sorted.forEach((path, index) -> wire.addIndexes(encode(index).setPath(path)));
    return wire.build().toByteArray();
  }

  /// Throws [IllegalArgumentException] for bytes that [#encode] does not make.
  public static PayloadSchema decode(byte[] bytes) {
    Map<PayloadPath, PayloadIndex> indexes = new HashMap<>();
    try {
      for (Wire.PayloadIndex wire : Wire.PayloadSchema.parseFrom(bytes).getIndexesList()) {
        indexes.put(PayloadPath.parse(wire.getPath()), decode(wire));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("no payload schema: " + e.getMessage(), e);
    }
    return new PayloadSchema(indexes);
  }

  private static Wire.PayloadIndex.Builder encode(PayloadIndex index) {
    Wire.PayloadIndex.Builder wire = Wire.PayloadIndex.newBuilder();
    switch (index) {
      case PayloadIndex.Keyword(boolean isTenant, boolean prefix) ->
          wire.setKeyword(Wire.Keyword.newBuilder().setIsTenant(isTenant).setPrefix(prefix));
      case PayloadIndex.Whole(boolean lookup, boolean range) ->
          wire.setWhole(Wire.Whole.newBuilder().setLookup(lookup).setRange(range));
      case PayloadIndex.Decimal() -> wire.setDecimal(true);
      case PayloadIndex.Geo() -> wire.setGeo(true);
      case PayloadIndex.Bool() -> wire.setBoolean(true);
      case PayloadIndex.DateTime() -> wire.setDateTime(true);
      case PayloadIndex.Uuid(boolean isTenant) ->
          wire.setUuid(Wire.Uuid.newBuilder().setIsTenant(isTenant));
      case PayloadIndex.Text(TextOptions options) -> wire.setText(encode(options));
    }
    return wire;
  }

  private static PayloadIndex decode(Wire.PayloadIndex wire) {
    return switch (wire.getKindCase()) {
      case KEYWORD ->
          new PayloadIndex.Keyword(wire.getKeyword().getIsTenant(), wire.getKeyword().getPrefix());
      case WHOLE -> new PayloadIndex.Whole(wire.getWhole().getLookup(), wire.getWhole().getRange());
      case DECIMAL -> new PayloadIndex.Decimal();
      case GEO -> new PayloadIndex.Geo();
      case BOOLEAN -> new PayloadIndex.Bool();
      case DATE_TIME -> new PayloadIndex.DateTime();
      case UUID -> new PayloadIndex.Uuid(wire.getUuid().getIsTenant());
      case TEXT -> new PayloadIndex.Text(decode(wire.getText()));
      case KIND_NOT_SET -> throw new IllegalArgumentException("an index of no known kind");
    };
  }

  private static Wire.Text encode(TextOptions options) {
    Wire.Text.Builder wire =
        Wire.Text.newBuilder()
            .setTokenizer(options.tokenizer().name())
            .setLowercase(options.lowercase())
            .setAsciiFolding(options.asciiFolding())
            .addAllStopwordLanguages(options.stopwordLanguages())
            .addAllStopwords(options.stopwords())
            .setPhrases(options.phrases());
    options.stemmer().ifPresent(wire::setStemmer);
    options.minTokenChars().ifPresent(wire::setMinTokenChars);
    options.maxTokenChars().ifPresent(wire::setMaxTokenChars);
    return wire.build();
  }

  private static TextOptions decode(Wire.Text wire) {
    return new TextOptions(
        TextOptions.Tokenizer.valueOf(wire.getTokenizer()),
        wire.getLowercase(),
        wire.getAsciiFolding(),
        wire.getStopwordLanguagesList(),
        wire.getStopwordsList(),
        wire.hasStemmer() ? Optional.of(wire.getStemmer()) : Optional.empty(),
        wire.hasMinTokenChars() ? OptionalInt.of(wire.getMinTokenChars()) : OptionalInt.empty(),
        wire.hasMaxTokenChars() ? OptionalInt.of(wire.getMaxTokenChars()) : OptionalInt.empty(),
        wire.getPhrases());
  }
}
