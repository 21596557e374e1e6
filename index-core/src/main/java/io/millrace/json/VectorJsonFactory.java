package io.millrace.json;

import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.io.IOContext;
import tools.jackson.core.json.JsonFactory;

/// Jackson with a way to run through a list of numbers. A reader takes the first number as a token,
/// as ever, and then calls [#numbersAhead], which takes as many of those that follow as it can:
///
/// ```
/// for (JsonToken t = p.nextToken(); t != END_ARRAY; t = p.nextToken()) {
///   … make room in floats …
///   floats[n++] = p.getFloatValue();
///   n = VectorJsonFactory.numbersAhead(p, floats, n);
/// }
/// ```
///
/// What is out of the ordinary it leaves to the next token: so all rules and errors are Jackson's.
public final class VectorJsonFactory extends JsonFactory {
  private static final long serialVersionUID = 1;

  public VectorJsonFactory(StreamReadConstraints constraints) {
    super(JsonFactory.builder().streamReadConstraints(constraints));
  }

  /// Reads numbers of the list whose last read item is the parser's current token, until the array
  /// is full, the list ends or something comes that is not plainly a finite number.
  ///
  /// @param n how many floats there are already
  /// @return how many there are afterwards; `n` for a parser of another factory, or of characters
  public static int numbersAhead(JsonParser parser, float[] floats, int n) {
    return parser instanceof VectorJsonParser vectors ? vectors.numbersAhead(floats, n) : n;
  }

  /// Of arrays only UTF-8 without a byte order mark can be run through; the rest is recognised by
  /// Jackson.
  @Override
  protected JsonParser _createParser(
      ObjectReadContext readContext, IOContext context, byte[] data, int offset, int length) {
    _checkRangeBoundsForByteArray(data, offset, length);
    if (length < 2 || data[offset] <= 0 || data[offset + 1] == 0) {
      return super._createParser(readContext, context, data, offset, length);
    }
    return parser(readContext, context, null, data, offset, offset + length);
  }

  /// Of streams UTF-8 alone is read, as RFC 8259 wants it between systems.
  @Override
  protected JsonParser _createParser(
      ObjectReadContext readContext, IOContext context, InputStream in) {
    return parser(readContext, context, in, context.allocReadIOBuffer(), 0, 0);
  }

  private JsonParser parser(
      ObjectReadContext readContext,
      IOContext context,
      @Nullable InputStream in,
      byte[] buffer,
      int from,
      int to) {
    return new VectorJsonParser(
        readContext,
        context,
        readContext.getStreamReadFeatures(_streamReadFeatures),
        readContext.getFormatReadFeatures(_formatReadFeatures),
        in,
        _byteSymbolCanonicalizer.makeChildOrPlaceholder(_factoryFeatures),
        buffer,
        from,
        to);
  }
}
