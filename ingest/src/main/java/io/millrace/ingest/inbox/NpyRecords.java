package io.millrace.ingest.inbox;

import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.RawRecord;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The rows of a NumPy array as points: `x.npy` holds the vectors (two dimensions, C order,
/// little-endian f2, f4 or f8), `x.ids.npy` the ids (u8, i8 or 4-byte ones; without it the row
/// numbers), `x.payload.ndjson` the payloads, one line per row.
///
/// ```
/// npy    93 4E 55 4D 50 59 ("\x93NUMPY"), major, minor, header length (u16, from major 2 on u32),
///        header: a Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (n, d), }
/// ```
final class NpyRecords implements FileRecords {
  private static final int MAX_HEADER_BYTES = 1 << 20;
  private static final int MAX_DIMENSION = 65_536;

  private final InputStream in;
  private final Array vectors;
  private final @Nullable InputStream ids;
  private final @Nullable Array idArray;
  private final @Nullable LineReader payloads;
  private final @Nullable InputStream payloadStream;
  private final long timeMillis;
  private long row; // 0-based, of the next record

  /// @param descr as NumPy writes it
  private record Array(String descr, List<Long> shape) {
    int itemBytes() {
      return descr.charAt(2) - '0';
    }

    long rows() {
      return shape.getFirst();
    }
  }

  /// @param in at the beginning of the array of vectors
  /// @param ids and payloads as far as they are there
  NpyRecords(
      InputStream in,
      Optional<Path> ids,
      Optional<Path> payloads,
      Mark from,
      int maxLineBytes,
      long timeMillis)
      throws IOException {
    this.in = in;
    this.timeMillis = timeMillis;
    this.vectors = header(in, "the vectors");
    if (vectors.shape().size() != 2
        || !List.of("<f2", "<f4", "<f8").contains(vectors.descr())
        || vectors.shape().get(1) < 1
        || vectors.shape().get(1) > MAX_DIMENSION) {
      throw fault(
          "the vectors are of two dimensions, <f2, <f4 or <f8, with 1 to "
              + MAX_DIMENSION
              + " components; got "
              + vectors);
    }
    this.ids = ids.isPresent() ? open(ids.get()) : null;
    this.idArray = this.ids == null ? null : header(this.ids, "the ids");
    if (idArray != null
        && (idArray.shape().size() != 1
            || !List.of("<u8", "<i8", "<u4", "<i4").contains(idArray.descr())
            || idArray.rows() != vectors.rows())) {
      close();
      throw fault("the ids are " + vectors.rows() + " whole numbers; got " + idArray);
    }
    this.payloadStream = payloads.isPresent() ? open(payloads.get()) : null;
    this.payloads =
        payloadStream == null ? null : new LineReader(payloadStream, 0, maxLineBytes, 1L << 30);
    if (payloads.isPresent() && lines(payloads.get(), maxLineBytes) != vectors.rows()) {
      close();
      throw fault("there are as many payloads as vectors: " + vectors.rows());
    }
    while (row < from.number()) {
      if (next() == null) {
        break;
      }
    }
  }

  private static long lines(Path file, int maxLineBytes) throws IOException {
    try (InputStream in = open(file)) {
      LineReader reader = new LineReader(in, 0, maxLineBytes, 1L << 30);
      long lines = 0;
      while (reader.next() != null) {
        lines++;
      }
      return lines;
    }
  }

  private static InputStream open(Path file) throws IOException {
    return new BufferedInputStream(
        Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS), 64 << 10);
  }

  private static FileFault fault(String message) {
    return new FileFault(Code.FILE_FORMAT, "Of a NumPy file, " + message);
  }

  private static Array header(InputStream in, String what) throws IOException {
    byte[] magic = in.readNBytes(8);
    if (magic.length < 8
        || magic[0] != (byte) 0x93
        || !new String(magic, 1, 5, StandardCharsets.US_ASCII).equals("NUMPY")) {
      throw fault(what + " have no header");
    }
    int lengthBytes = magic[6] == 1 ? 2 : 4;
    byte[] length = in.readNBytes(lengthBytes);
    int bytes = 0;
    for (int i = length.length - 1; i >= 0; i--) {
      bytes = bytes << 8 | length[i] & 0xFF;
    }
    if (length.length < lengthBytes || bytes < 0 || bytes > MAX_HEADER_BYTES) {
      throw fault(what + " have a header of " + bytes + " bytes");
    }
    String text = new String(in.readNBytes(bytes), StandardCharsets.ISO_8859_1);
    if (!after(text, "'fortran_order'").startsWith("False")) {
      throw fault(what + " are in C order");
    }
    String descr = after(text, "'descr'");
    int close = descr.indexOf('\'', 1);
    String shape = after(text, "'shape'");
    int end = shape.indexOf(')');
    if (close != 4 || end < 0) {
      throw fault(what + " have an unknown type");
    }
    try {
      List<Long> lengths =
          List.of(shape.substring(1, end).split(",")).stream()
              .map(String::strip)
              .filter(part -> !part.isEmpty())
              .map(Long::parseLong)
              .toList();
      if (lengths.isEmpty() || lengths.stream().anyMatch(n -> n < 0)) {
        throw fault(what + " have no shape");
      }
      return new Array(descr.substring(1, close), lengths);
    } catch (NumberFormatException e) {
      throw fault(what + " have no shape");
    }
  }

  private static String after(String header, String key) {
    int at = header.indexOf(key);
    int colon = at < 0 ? -1 : header.indexOf(':', at);
    return colon < 0 ? "" : header.substring(colon + 1).strip();
  }

  @Override
  public @Nullable RawRecord next() throws IOException {
    if (row >= vectors.rows()) {
      return null;
    }
    long number = row;
    String vector = vector();
    long id = id(number);
    ByteArrayOutputStream out = new ByteArrayOutputStream(vector.length() + 128);
    out.writeBytes(
        ("{\"id\":" + Long.toUnsignedString(id) + ",\"vector\":{\"f32\":\"" + vector + "\"}")
            .getBytes(StandardCharsets.US_ASCII));
    if (payloads != null) {
      LineReader.Line line = payloads.next();
      if (line != null && !line.isBlank()) {
        out.writeBytes(",\"payload\":".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(line.bytes());
      }
    }
    out.write('}');
    row++;
    return new RawRecord(number, timeMillis, null, out.toByteArray(), List.of());
  }

  private String vector() throws IOException {
    int dimension = (int) (long) vectors.shape().get(1);
    int item = vectors.itemBytes();
    byte[] bytes = in.readNBytes(dimension * item);
    if (bytes.length < dimension * item) {
      throw new EOFException("the array ends in row " + row);
    }
    if (item == 4) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer to = ByteBuffer.allocate(4 * dimension).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < dimension; i++) {
      to.putFloat(item == 8 ? (float) from.getDouble() : Float.float16ToFloat(from.getShort()));
    }
    return Base64.getEncoder().encodeToString(to.array());
  }

  private long id(long number) throws IOException {
    if (ids == null || idArray == null) {
      return number;
    }
    byte[] bytes = ids.readNBytes(idArray.itemBytes());
    if (bytes.length < idArray.itemBytes()) {
      throw new EOFException("the ids end in row " + number);
    }
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.length == 8
        ? b.getLong()
        : idArray.descr().equals("<u4") ? b.getInt() & 0xFFFF_FFFFL : b.getInt();
  }

  @Override
  public Mark reached() {
    return new Mark(row, -1, 0);
  }

  @Override
  public void close() throws IOException {
    if (ids != null) {
      ids.close();
    }
    if (payloadStream != null) {
      payloadStream.close();
    }
  }
}
