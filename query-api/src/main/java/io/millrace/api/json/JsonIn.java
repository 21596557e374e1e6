package io.millrace.api.json;

import io.millrace.inference.Embeddings;
import io.millrace.json.VectorJsonFactory;
import io.millrace.model.BadInput;
import io.millrace.model.Unicode;
import java.io.InputStream;
import java.io.StringWriter;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.BooleanNode;

/// A cursor over one JSON document that is read once, from front to back, without a tree in
/// between. Every reader follows one rule: it starts on the first token of its value and returns on
/// the last.
///
/// Faults of form throw [BadInput] in the words of Qdrant's parser at once; values out of range are
/// collected in [#violations] and thrown after the last token.
public final class JsonIn {
  /// As deep as Qdrant's own parser goes.
  private static final int DEPTH = 128;

  static final int NAME_CHARS = 4 << 10;

  /// The size of the body bounds strings.
  private static final int STRING_CHARS = Integer.MAX_VALUE;

  /// Numbers of payloads keep their text, however long; this bounds what reading one may cost.
  static final int NUMBER_CHARS = 64 << 10;

  static final JsonMapper MAPPER =
      JsonMapper.builder(
              new VectorJsonFactory(
                  StreamReadConstraints.builder()
                      .maxNestingDepth(DEPTH)
                      .maxNameLength(NAME_CHARS)
                      .maxStringLength(STRING_CHARS)
                      .maxNumberLength(NUMBER_CHARS)
                      .build()))
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private final JsonParser parser;
  private final Violations violations;
  private final Embeddings embeddings;
  private @Nullable Fields atValueOf; // where the cursor stands, if on a field's value
  private float[] floats = new float[128];

  private JsonIn(JsonParser parser, Violations violations, Embeddings embeddings) {
    this.parser = parser;
    this.violations = violations;
    this.embeddings = embeddings;
  }

  /// Reads a whole document. Does not close the stream.
  ///
  /// @param embeddings take the texts that stand where vectors may; the caller has them made
  public static <T> T read(InputStream in, Embeddings embeddings, Function<JsonIn, T> shape) {
    try (JsonParser parser = MAPPER.createParser(new Unclosed(in))) {
      return read(parser, embeddings, shape);
    }
  }

  public static <T> T read(String json, Embeddings embeddings, Function<JsonIn, T> shape) {
    try (JsonParser parser = MAPPER.createParser(json)) {
      return read(parser, embeddings, shape);
    }
  }

  /// Reads a whole document in which no model can be asked for.
  public static <T> T read(String json, Function<JsonIn, T> shape) {
    return read(json, Embeddings.none(), shape);
  }

  private static <T> T read(JsonParser parser, Embeddings embeddings, Function<JsonIn, T> shape) {
    JsonIn in = new JsonIn(parser, new Violations(), embeddings);
    boolean whole = false;
    try {
      if (parser.nextToken() == null) {
        throw BadInput.format("EOF while parsing a value at line 1 column 0");
      }
      T value = shape.apply(in);
      whole = true;
      if (parser.nextToken() != null) {
        throw BadInput.format("trailing characters" + in.place());
      }
      in.violations.check();
      return value;
    } catch (JacksonIOException e) {
      throw BadInput.format("body ended early: " + e.getOriginalMessage());
    } catch (JacksonException e) {
      throw BadInput.format(whole ? "trailing characters" + in.place() : SyntaxFault.text(e));
    }
  }

  public Violations violations() {
    return violations;
  }

  Embeddings embeddings() {
    return embeddings;
  }

  JsonToken token() {
    return parser.currentToken();
  }

  public boolean isNull() {
    return token() == JsonToken.VALUE_NULL;
  }

  boolean isNumber() {
    return token() == JsonToken.VALUE_NUMBER_INT || token() == JsonToken.VALUE_NUMBER_FLOAT;
  }

  boolean isString() {
    return token() == JsonToken.VALUE_STRING;
  }

  boolean isArray() {
    return token() == JsonToken.START_ARRAY;
  }

  boolean isObject() {
    return token() == JsonToken.START_OBJECT;
  }

  /// The fields of the object here. A field whose value is null is left out, as Qdrant reads an
  /// explicit null as absence; a field that is read twice is refused.
  ///
  /// @param expected what stands in the message if it is no object, as `struct UpsertPoints`
  public Fields object(String expected) {
    return object(expected, null);
  }

  /// As [#object(String)], but null is a value of this field.
  Fields object(String expected, @Nullable String nullable) {
    if (!isObject()) {
      throw invalidType(expected);
    }
    return new Fields(false, nullable);
  }

  /// The entries of the map here: any keys, nulls included, and of equal keys the last should win.
  public Fields entries(String expected) {
    if (!isObject()) {
      throw invalidType(expected);
    }
    return new Fields(true, null);
  }

  /// A walk over the fields of one object; each value must be read or skipped before the next step.
  public final class Fields {
    /// Ours have at most two dozen fields; past as many distinct ones repetition goes unnoticed.
    private static final int REMEMBERED = 24;

    private final boolean map;
    private final @Nullable String nullable;
    private final String[] seen;
    private int count;
    private String name = "";

    private Fields(boolean map, @Nullable String nullable) {
      this.map = map;
      this.nullable = nullable;
      this.seen = new String[map ? 0 : REMEMBERED];
    }

    /// Steps onto the value of the next field.
    public boolean next() {
      for (String field = parser.nextName(); field != null; field = parser.nextName()) {
        if (!map) {
          refuseSecond(field);
        }
        if (parser.nextToken() != JsonToken.VALUE_NULL || map || field.equals(nullable)) {
          remember(field);
          name = field;
          atValueOf = this;
          return true;
        }
      }
      return false;
    }

    public String name() {
      return name;
    }

    /// What nobody reads may come again.
    private void forget() {
      if (count > 0 && seen[count - 1].equals(name)) {
        count--;
      }
    }

    private void refuseSecond(String field) {
      for (int i = 0; i < count; i++) {
        if (seen[i].equals(field)) {
          throw BadInput.format("duplicate field `" + field + "`" + place());
        }
      }
    }

    private void remember(String field) {
      if (count < seen.length) {
        seen[count++] = field;
      }
    }
  }

  /// Enters a list; [#nextItem] steps through it.
  public void openArray() {
    if (!isArray()) {
      throw invalidType("a sequence");
    }
  }

  /// Steps onto the next item; each must be read or skipped before the next step.
  public boolean nextItem() {
    return parser.nextToken() != JsonToken.END_ARRAY;
  }

  /// Steps to the next token; for readers that look ahead inside a list.
  JsonToken next() {
    return parser.nextToken();
  }

  /// Leaves out the value here.
  public void skip() {
    if (atValueOf != null) {
      atValueOf.forget();
    }
    parser.skipChildren();
  }

  public String string() {
    if (!isString()) {
      throw invalidType("a string");
    }
    String text = parser.getString();
    refuseHalfPair(text);
    return text;
  }

  /// Half of a surrogate pair has no UTF-8 form. The parser itself looks for it in names only.
  private void refuseHalfPair(String text) {
    if (!Unicode.isWellFormed(text)) {
      throw BadInput.format(SyntaxFault.HALF_PAIR + place());
    }
  }

  public boolean bool() {
    if (token() != JsonToken.VALUE_TRUE && token() != JsonToken.VALUE_FALSE) {
      throw invalidType("a boolean");
    }
    return parser.getBooleanValue();
  }

  /// An unsigned 64-bit integer, exact.
  public long u64() {
    if (token() != JsonToken.VALUE_NUMBER_INT) {
      throw invalidType("u64");
    }
    switch (parser.getNumberType()) {
      case INT, LONG -> {
        long value = parser.getLongValue();
        if (value < 0) {
          throw invalidValue("u64");
        }
        return value;
      }
      default -> {
        java.math.BigInteger value = parser.getBigIntegerValue();
        if (value.signum() < 0 || value.bitLength() > 64) {
          throw invalidValue("u64");
        }
        return value.longValue();
      }
    }
  }

  /// An unsigned 32-bit integer in an int's bits.
  int u32() {
    if (token() != JsonToken.VALUE_NUMBER_INT) {
      throw invalidType("u32");
    }
    long value =
        switch (parser.getNumberType()) {
          case INT, LONG -> parser.getLongValue();
          default -> -1;
        };
    if (value < 0 || value > 0xFFFF_FFFFL) {
      throw invalidValue("u32");
    }
    return (int) value;
  }

  public double f64() {
    if (!isNumber()) {
      throw invalidType("f64");
    }
    double value = parser.getDoubleValue();
    if (!Double.isFinite(value)) {
      throw outOfRange();
    }
    return value;
  }

  /// A finite float32; a number too large for one is refused rather than stored as infinity.
  float f32() {
    if (!isNumber()) {
      throw invalidType("f32");
    }
    return finite();
  }

  /// Refuses a number, the current token with that text, that no float64 comes near.
  void checkRange(String number) {
    if (mayBeLarge(number) && !Double.isFinite(Double.parseDouble(number))) {
      throw outOfRange();
    }
  }

  /// Without an exponent it takes 309 digits.
  private static boolean mayBeLarge(String number) {
    return number.length() > 300 || number.indexOf('e') >= 0 || number.indexOf('E') >= 0;
  }

  /// Told at the number's last character.
  private BadInput outOfRange() {
    return BadInput.format(
        "number out of range"
            + SyntaxFault.at(parser.currentTokenLocation(), 1 - parser.getStringLength()));
  }

  private float finite() {
    float value = parser.getFloatValue();
    if (!Float.isFinite(value)) {
      checkRange(parser.getString());
      throw new BadInput(
          BadInput.Kind.FORMAT,
          BadInput.Rule.VECTOR_NOT_FINITE,
          "number out of range of a float32" + place());
    }
    return value;
  }

  /// Reads the numbers of a list whose first token after the bracket is the current one.
  float[] floatsFromHere() {
    int n = 0;
    float[] buffer = floats;
    for (JsonToken t = token(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
      if (t != JsonToken.VALUE_NUMBER_FLOAT && t != JsonToken.VALUE_NUMBER_INT) {
        throw invalidType("f32");
      }
      if (n == buffer.length) {
        buffer = java.util.Arrays.copyOf(buffer, 2 * n);
        floats = buffer;
      }
      buffer[n++] = finite();
      n = VectorJsonFactory.numbersAhead(parser, buffer, n);
    }
    return java.util.Arrays.copyOf(buffer, n);
  }

  /// The value here as a tree, for small shapes whose kind shows only when all of it is known.
  public JsonNode tree() {
    if (token() == JsonToken.VALUE_TRUE || token() == JsonToken.VALUE_FALSE) {
      return BooleanNode.valueOf(token() == JsonToken.VALUE_TRUE); // as in nearly every query
    }
    JsonNode tree = parser.readValueAsTree();
    refuseHalfPairs(tree);
    return tree;
  }

  private void refuseHalfPairs(JsonNode node) {
    if (node.isString()) {
      refuseHalfPair(node.stringValue());
    }
    node.forEach(this::refuseHalfPairs);
  }

  /// The value here as text, for one whose kind shows only when its neighbours are known;
  /// [#readLater] then reads it.
  String text() {
    var text = new StringWriter();
    try (JsonGenerator copy = MAPPER.createGenerator(text)) {
      copy.copyCurrentStructureExact(parser);
    }
    return text.toString();
  }

  <T> T readLater(String text, Function<JsonIn, T> shape) {
    try (JsonParser again = MAPPER.createParser(text)) {
      again.nextToken();
      return shape.apply(new JsonIn(again, violations, embeddings));
    }
  }

  JsonParser parser() {
    return parser;
  }

  public BadInput missing(String field) {
    return BadInput.format("missing field `" + field + "`" + place());
  }

  /// Insists on a field that was looked for.
  public <T> T require(@Nullable T value, String field) {
    if (value == null) {
      throw missing(field);
    }
    return value;
  }

  BadInput invalidType(String expected) {
    return BadInput.format("invalid type: " + found() + ", expected " + expected + place());
  }

  BadInput invalidValue(String expected) {
    return BadInput.format("invalid value: " + found() + ", expected " + expected + place());
  }

  private String found() {
    return switch (token()) {
      case VALUE_NULL -> "null";
      case VALUE_TRUE, VALUE_FALSE -> "boolean `" + parser.getString() + "`";
      case VALUE_NUMBER_INT -> "integer `" + parser.getString() + "`";
      case VALUE_NUMBER_FLOAT -> "floating point `" + parser.getString() + "`";
      case VALUE_STRING -> "string \"" + shortened(parser.getString()) + "\"";
      case START_ARRAY, END_ARRAY -> "sequence";
      default -> "map";
    };
  }

  /// A client's own text in a message, cut where it would drown the rest.
  static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  String place() {
    return SyntaxFault.at(parser.currentTokenLocation(), 0);
  }

  /// Keeps the parser from closing the request's stream, whose rest the listener drains.
  private static final class Unclosed extends java.io.FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] b, int off, int len) throws java.io.IOException {
      return in.read(b, off, len);
    }

    @Override
    public void close() {}
  }
}
