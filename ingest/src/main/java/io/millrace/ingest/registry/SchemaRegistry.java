package io.millrace.ingest.registry;

import io.millrace.ingest.config.Registry;
import io.millrace.ingest.record.Schemas;
import io.millrace.model.Failure;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Confluent's REST protocol: `GET /schemas/ids/7` answers `{"schema": "…", "schemaType": "JSON"}`,
/// without `schemaType` for Avro. A schema is asked for once; ids never change their meaning. Safe
/// for use by several threads.
public final class SchemaRegistry implements Schemas, AutoCloseable {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int MAX_SCHEMAS = 4_096;
  private static final int MAX_SCHEMA_BYTES = 1 << 20;

  /// How long an unknown id is not asked for again: it may be registered a moment later.
  private static final long UNKNOWN_NANOS = Duration.ofSeconds(10).toNanos();

  private final Registry registry;
  private final HttpClient http;
  private final Map<String, Schema> known = new ConcurrentHashMap<>();
  private final Map<String, Long> unknownUntil = new ConcurrentHashMap<>();

  public SchemaRegistry(Registry registry) {
    this.registry = registry;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(PATIENCE)
            .build();
  }

  @Override
  public Optional<Schema> find(String reference) {
    Schema found = known.get(reference);
    if (found != null) {
      return Optional.of(found);
    }
    Long until = unknownUntil.get(reference);
    if (until != null && System.nanoTime() - until < 0) {
      return Optional.empty();
    }
    Optional<Schema> asked = ask(reference);
    if (asked.isPresent() && known.size() < MAX_SCHEMAS) {
      known.put(reference, asked.get());
    }
    if (asked.isEmpty()) {
      if (unknownUntil.size() >= MAX_SCHEMAS) {
        unknownUntil.clear();
      }
      unknownUntil.put(reference, System.nanoTime() + UNKNOWN_NANOS);
    }
    return asked;
  }

  private Optional<Schema> ask(String reference) {
    String base = registry.url().toString();
    URI address =
        URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + reference);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(PATIENCE)
            .header("Accept", "application/vnd.schemaregistry.v1+json");
    credentials().ifPresent(basic -> request.header("Authorization", "Basic " + basic));
    W3CTraceContextPropagator.getInstance()
        .inject(Context.current(), request, (_, name, value) -> request.header(name, value));
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() == 404) {
        return Optional.empty();
      }
      if (answer.statusCode() != 200 || answer.body().length > MAX_SCHEMA_BYTES) {
        throw new Failure.Unavailable(
            "The schema registry answers "
                + answer.statusCode()
                + " with "
                + answer.body().length
                + " bytes to "
                + reference);
      }
      return Optional.of(parse(answer.body()));
    } catch (IOException | JacksonException e) {
      throw new Failure.Unavailable(
          "The schema registry at " + registry.url() + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("Interrupted while asking the schema registry");
    }
  }

  private Optional<String> credentials() {
    if (registry.user().isEmpty()) {
      return Optional.empty();
    }
    String password = "";
    if (registry.passwordFile().isPresent()) {
      try {
        password = Files.readString(registry.passwordFile().get()).strip();
      } catch (IOException e) {
        throw new Failure.Unavailable(
            "The registry's password file " + registry.passwordFile().get() + " cannot be read", e);
      }
    }
    return Optional.of(
        Base64.getEncoder()
            .encodeToString(
                (registry.user().get() + ":" + password).getBytes(StandardCharsets.UTF_8)));
  }

  private static Schema parse(byte[] body) {
    String text = "";
    Type type = Type.AVRO;
    try (JsonParser p = JSON.createParser(ObjectReadContext.empty(), body)) {
      p.nextToken();
      while (p.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = p.currentName();
        if (p.nextToken() != JsonToken.VALUE_STRING) {
          p.skipChildren();
        } else if (name.equals("schema")) {
          text = p.getString();
        } else if (name.equals("schemaType")) {
          type =
              switch (p.getString()) {
                case "AVRO" -> Type.AVRO;
                case "JSON" -> Type.JSON;
                case "PROTOBUF" -> Type.PROTOBUF;
                default ->
                    throw new Failure.Unavailable(
                        "The schema registry names the unknown type " + p.getString());
              };
        }
      }
    }
    return new Schema(type, text);
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
