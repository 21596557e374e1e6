package io.millrace.ingest.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.config.Reading;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.record.RawRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows of files as the JSON that the decoder reads, and where reading goes on.
class FormatsTest {
  private static final Mark START = new Mark(1, -1, 0);

  @TempDir Path folder;

  @Test
  void cells_are_text_under_the_names_of_the_columns() throws Exception {
    String text =
        "\uFEFFsku,name,\"a,b\"\r\n1,\"He said \"\"hi\"\"\",=1+1\r\n\n2,\"two\nlines\",x\n3,ü,";
    assertThat(separated(text, START))
        .containsExactly(
            "1 {\"sku\":\"1\",\"name\":\"He said \\\"hi\\\"\",\"a,b\":\"=1+1\"}",
            "3 {\"sku\":\"2\",\"name\":\"two\\nlines\",\"a,b\":\"x\"}",
            "4 {\"sku\":\"3\",\"name\":\"ü\",\"a,b\":\"\"}");
    assertThat(separated(text, new Mark(4, -1, 0)))
        .containsExactly("4 {\"sku\":\"3\",\"name\":\"ü\",\"a,b\":\"\"}");
  }

  @Test
  void bad_rows_are_refused_one_by_one() throws Exception {
    assertThat(separated("a,b\n1\n1,2,3\n1,\"open\n", START))
        .containsExactly("1 MAPPING_FAILED", "2 MAPPING_FAILED", "3 MAPPING_FAILED");
    assertThat(separated("a,b\n1," + "x".repeat(2_000) + "\n1,2\n", START))
        .containsExactly("1 TOO_LARGE", "2 {\"a\":\"1\",\"b\":\"2\"}");
    assertThat(fault(() -> separated("a,a\n1,2\n", START))).isEqualTo("FILE_FORMAT");
  }

  @Test
  void tabs_and_given_columns() throws Exception {
    Reading.Csv csv = new Reading.Csv(Optional.of('\t'), List.of("x", "y"));
    try (SeparatedRecords records =
        new SeparatedRecords(in("1\t2,5\n"), "a.csv", csv, START, 1_000, 0)) {
      assertThat(all(records)).containsExactly("1 {\"x\":\"1\",\"y\":\"2,5\"}");
    }
  }

  @Test
  void rows_of_arrays_are_points_with_ids_and_payloads() throws Exception {
    Path ids = folder.resolve("x.ids.npy");
    ByteBuffer numbers = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    numbers.putLong(-1).putLong(7);
    Files.write(ids, npy("<u8", "(2,)", numbers.array()));
    Path payloads = folder.resolve("x.payload.ndjson");
    Files.writeString(payloads, "{\"a\":1.50}\n\n");
    byte[] floats = floats(1, 2, 3, 4);
    byte[] array = npy("<f4", "(2, 2)", floats);

    assertThat(rows(array, Optional.of(ids), Optional.of(payloads), 0))
        .containsExactly(
            "0 {\"id\":18446744073709551615,\"vector\":{\"f32\":\""
                + b64(1, 2)
                + "\"},\"payload\":{\"a\":1.50}}",
            "1 {\"id\":7,\"vector\":{\"f32\":\"" + b64(3, 4) + "\"}}");
    assertThat(rows(array, Optional.empty(), Optional.empty(), 1))
        .containsExactly("1 {\"id\":1,\"vector\":{\"f32\":\"" + b64(3, 4) + "\"}}");
    ByteBuffer doubles = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    doubles.putDouble(1).putDouble(2);
    assertThat(rows(npy("<f8", "(1, 2)", doubles.array()), Optional.empty(), Optional.empty(), 0))
        .containsExactly("0 {\"id\":0,\"vector\":{\"f32\":\"" + b64(1, 2) + "\"}}");
  }

  @Test
  void arrays_of_another_kind_are_refused_before_their_first_row() throws Exception {
    Path ids = folder.resolve("x.ids.npy");
    Files.write(ids, npy("<u8", "(3,)", new byte[24]));
    byte[] good = npy("<f4", "(2, 2)", floats(1, 2, 3, 4));
    assertThat(fault(() -> rows(good, Optional.of(ids), Optional.empty(), 0)))
        .isEqualTo("FILE_FORMAT");
    for (byte[] bad :
        List.of(
            npy(">f4", "(2, 2)", floats(1, 2, 3, 4)),
            npy("<f4", "(4,)", floats(1, 2, 3, 4)),
            npy("<i8", "(1, 1)", new byte[8]),
            "rubbish".getBytes(StandardCharsets.UTF_8),
            new byte[0])) {
      assertThat(fault(() -> rows(bad, Optional.empty(), Optional.empty(), 0)))
          .isEqualTo("FILE_FORMAT");
    }
  }

  @Test
  void rows_of_parquet_are_points_or_columns() throws Exception {
    Path file = folder.resolve("x.parquet");
    Files.write(file, Base64.getDecoder().decode(PARQUET));
    try (ParquetRecords records = new ParquetRecords(file, false, new Mark(0, -1, 0), 0)) {
      assertThat(all(records))
          .containsExactly(
              "0 {\"id\":1,\"vector\":[1.0,2.5],\"payload\":{\"name\":\"a\",\"price\":1.5}}",
              "1 {\"id\":2,\"vector\":[3.0,4.0],\"payload\":{\"name\":null,\"price\":2.25}}");
    }
    try (ParquetRecords records = new ParquetRecords(file, true, new Mark(1, -1, 0), 0)) {
      assertThat(all(records))
          .containsExactly("1 {\"id\":2,\"vector\":[3.0,4.0],\"name\":null,\"price\":2.25}");
    }
    Files.writeString(file, "PAR1rubbish");
    assertThat(
            fault(() -> {
              try (var records = new ParquetRecords(file, false, new Mark(0, -1, 0), 0)) {
                return all(records);
              }
            }))
        .isEqualTo("FILE_FORMAT");
  }

  /// Two rows of id int64, vector list of float, name string, price double; written by Arrow.
  private static final String PARQUET =
      "UEFSMRUEFSAVMkwVBBUAEgAAKLUv/SAQgQAAAQAAAAAAAAACAAAAAAAAABUAFRIVJCwVBBUQFQYVBhwA"
          + "AAAotS/9IAlJAAACAAAABAEBAwIVBBUgFTJMFQgVABIAACi1L/0gEIEAAAAAgD8AACBAAABAQAAAgEAV"
          + "ABUgFTIsFQgVEBUGFQYcAAAAKLUv/SAQgQAAAgAAAAMKAgAAAAgDAgPkABUEFQoVHEwVAhUAEgAAKLUv"
          + "/SAFKQAAAQAAAGEVABUSFSQsFQQVEBUGFQYcAAAAKLUv/SAJSQAAAgAAAAMBAQIAFQQVIBUyTBUEFQAS"
          + "AAAotS/9IBCBAAAAAAAAAAD4PwAAAAAAAAJAFQAVEhUkLBUEFRAVBhUGHAAAACi1L/0gCUkAAAIAAAAE"
          + "AQEDAhUEGXw1ABgGc2NoZW1hFQgAFQQlAhgCaWQANQIYBnZlY3RvchUCFQZMPAAAADUEGARsaXN0FQIA"
          + "FQglAhgHZWxlbWVudAAVDCUCGARuYW1lJQBMHAAAABUKJQIYBXByaWNlABYEGRwZTCYAHBUEGTUABhAZ"
          + "GAJpZBUMFgQWdBaYASZWJggpLBUEFQAVAgAVABUQFQIAPCkGGSYABAAAACYAHBUIGTUABhAZOAZ2ZWN0"
          + "b3IEbGlzdAdlbGVtZW50FQwWCBaCARamASbuASagASksFQQVABUCABUAFRAVAgA8KSYEBBlGAAAACAAA"
          + "ACYAHBUMGTUABhAZGARuYW1lFQwWBBZeFoIBJv4CJsYCKSwVBBUAFQIAFQAVEBUCADwWAhkGGSYCAgAA"
          + "ACYAHBUKGTUABhAZGAVwcmljZRUMFgQWdBaYASaWBCbIAyksFQQVABUCABUAFRAVAgA8KQYZJgAEAAAA"
          + "FsgDFgQmCBbYBAAoIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYuMC4xGUwcAAAcAAAcAAAcAAAA"
          + "oAEAAFBBUjE=";

  private interface Reads {
    List<String> now() throws IOException;
  }

  private static String fault(Reads reads) throws IOException {
    try {
      return "no fault, " + reads.now();
    } catch (FileRecords.FileFault e) {
      return e.reason().code().name();
    }
  }

  private static List<String> separated(String text, Mark from) throws IOException {
    try (SeparatedRecords records =
        new SeparatedRecords(in(text), "a.csv", Reading.Csv.DEFAULT, from, 1_000, 0)) {
      return all(records);
    }
  }

  private static List<String> rows(
      byte[] array, Optional<Path> ids, Optional<Path> payloads, long from) throws IOException {
    try (NpyRecords records =
        new NpyRecords(
            new ByteArrayInputStream(array), ids, payloads, new Mark(from, -1, 0), 1_000, 0)) {
      return all(records);
    }
  }

  private static List<String> all(FileRecords records) throws IOException {
    List<String> all = new ArrayList<>();
    RawRecord record = records.next();
    while (record != null) {
      byte[] value = record.value();
      all.add(
          record.number()
              + " "
              + (record.fault().isPresent()
                  ? record.fault().get().code().name()
                  : new String(value == null ? new byte[0] : value, StandardCharsets.UTF_8)));
      assertThat(records.reached().number()).isEqualTo(record.number() + 1);
      record = records.next();
    }
    return all;
  }

  private static ByteArrayInputStream in(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] npy(String descr, String shape, byte[] items) {
    String header =
        "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(header.length());
    out.write(header.length() >> 8);
    out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(items);
    return out.toByteArray();
  }

  private static byte[] floats(float... values) {
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      b.putFloat(value);
    }
    return b.array();
  }

  private static String b64(float... values) {
    return Base64.getEncoder().encodeToString(floats(values));
  }
}
