package io.millrace.ingest.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.Registry;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.FilterReader;
import io.millrace.ingest.record.InferenceReader;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.ingest.record.RecordDecoder;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PayloadBytes;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Framed values and an endpoint that speaks the registry's REST protocol.
class SchemaRegistryTest {
  private static final String POINT =
      """
      {"type":"record","name":"P","namespace":"n","fields":[
        {"name":"id","type":"long"},
        {"name":"vector","type":{"type":"array","items":"float"}},
        {"name":"payload","type":{"type":"record","name":"Doc","fields":[
          {"name":"name","type":["null","string"],"default":null},
          {"name":"price","type":"double"},
          {"name":"tags","type":{"type":"map","values":"int"}},
          {"name":"kind","type":{"type":"enum","name":"K","symbols":["A","B"]}},
          {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
          {"name":"sum","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
          {"name":"next","type":["null","Doc"]}]}}]}
      """;

  @TempDir Path folder;
  private final Map<String, String> schemas = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private HttpServer server;
  private SchemaRegistry registry;
  private RecordDecoder decoder;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          asked.add(path + " " + exchange.getRequestHeaders().getFirst("Authorization"));
          String found = schemas.get(path);
          byte[] body = (found == null ? "{}" : found).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(
              status != 200 ? status : found == null ? 404 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    Path password = folder.resolve("p");
    Files.writeString(password, "secret\n");
    registry =
        new SchemaRegistry(
            new Registry(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
                Optional.of("u"),
                Optional.of(password)));
    decoder =
        new RecordDecoder(
            FilterReader.NONE,
            Optional.of(registry),
            InferenceReader.NONE,
            Optional.empty(),
            Optional.empty());
    schemas.put("/schemas/ids/7", "{\"schema\":" + quoted(POINT) + "}");
    schemas.put("/schemas/ids/8", "{\"schemaType\":\"JSON\",\"schema\":\"{}\"}");
  }

  @AfterEach
  void stop() {
    registry.close();
    server.stop(0);
  }

  @Test
  void an_avro_record_is_a_point_and_its_schema_is_asked_for_once() {
    Decoded expected =
        new Decoded.Operations(
            "c",
            List.of(
                new Operation.Upsert(
                    List.of(
                        new Point(
                            PointId.of(9_007_199_254_740_993L),
                            Map.of("", new VectorValue.Dense(new float[] {0.1f, -2})),
                            PayloadBytes.of(
                                "{\"name\":\"ü\",\"price\":1.5,\"tags\":{\"a\":-1},\"kind\":\"B\","
                                    + "\"at\":\"1970-01-01T00:00:01.500Z\",\"sum\":\"-1.23\","
                                    + "\"next\":null}"))))));
    assertThat(decode(point(7))).isEqualTo(expected);
    assertThat(decode(point(7))).isEqualTo(expected);
    assertThat(asked).containsExactly("/schemas/ids/7 Basic dTpzZWNyZXQ=");
  }

  @Test
  void json_schema_and_guids_in_headers() {
    byte[] json = "{\"id\":1,\"vector\":[1]}".getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    framed.writeBytes(new byte[] {0, 0, 0, 0, 8});
    framed.writeBytes(json);
    assertThat(decode(framed.toByteArray())).isInstanceOf(Decoded.Operations.class);

    schemas.put(
        "/schemas/guids/00010203-0405-0607-0809-0a0b0c0d0e0f",
        "{\"schemaType\":\"JSON\",\"schema\":\"{}\"}");
    byte[] guid = new byte[17];
    guid[0] = 1;
    for (int i = 0; i < 16; i++) {
      guid[i + 1] = (byte) i;
    }
    RawRecord record =
        new RawRecord(1, 0, null, json, List.of(new RawRecord.Header("__value_schema_id", guid)));
    assertThat(decoder.decode(record, new Origin.Topic("t"), Binding.to("c")))
        .isInstanceOf(Decoded.Operations.class);
  }

  @Test
  void an_unknown_id_is_the_records_fault_and_a_silent_registry_is_not() {
    assertThat(code(point(99))).isEqualTo("SCHEMA_DECODE");
    status = 503;
    assertThatThrownBy(() -> decode(point(98))).isInstanceOf(Failure.Unavailable.class);
    server.stop(0);
    assertThatThrownBy(() -> decode(point(97))).isInstanceOf(Failure.Unavailable.class);
  }

  @Test
  void bytes_that_a_schema_does_not_describe_are_refused_in_bounded_memory() {
    byte[] good = point(7);
    for (int cut = 5; cut < good.length; cut++) {
      assertThat(code(java.util.Arrays.copyOf(good, cut))).isEqualTo("SCHEMA_DECODE");
    }
    long seed = new SplittableRandom().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = good.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        broken[5 + random.nextInt(broken.length - 5)] = (byte) random.nextInt();
      }
      Decoded decoded = decode(broken);
      assertThat(decoded instanceof Decoded.Bad bad && bad.code().name().equals("INTERNAL"))
          .as("seed %d, %s", seed, decoded)
          .isFalse();
    }
  }

  private Decoded decode(byte[] value) {
    return decoder.decode(
        new RawRecord(1, 0, null, value, List.of()), new Origin.Topic("t"), Binding.to("c"));
  }

  private String code(byte[] value) {
    return decode(value) instanceof Decoded.Bad bad ? bad.code().name() : "no fault";
  }

  /// The record by the letters of the specification.
  private static byte[] point(int schema) {
    Avro out = new Avro();
    out.writeBytes(new byte[] {0, 0, 0, 0, (byte) schema});
    out.number(9_007_199_254_740_993L);
    out.number(2);
    out.floats(0.1f, -2);
    out.number(0);
    out.number(1);
    out.text("ü");
    out.doubles(1.5);
    out.number(-1);
    out.number(3);
    out.text("a");
    out.number(-1);
    out.number(0);
    out.number(1);
    out.number(1_500);
    out.number(1);
    out.write(-123);
    out.number(0);
    return out.toByteArray();
  }

  private static final class Avro extends ByteArrayOutputStream {
    void number(long value) {
      long left = value << 1 ^ value >> 63;
      while ((left & ~0x7FL) != 0) {
        write((int) (left & 0x7F | 0x80));
        left >>>= 7;
      }
      write((int) left);
    }

    void text(String value) {
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      number(utf8.length);
      writeBytes(utf8);
    }

    void floats(float... values) {
      for (float value : values) {
        writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
      }
    }

    void doubles(double value) {
      writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array());
    }
  }

  private static String quoted(String text) {
    List<String> parts = new ArrayList<>();
    for (String line : text.split("\n")) {
      parts.add(line.replace("\"", "\\\""));
    }
    return '"' + String.join("\\n", parts) + '"';
  }
}
