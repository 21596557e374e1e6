package io.millrace.app;

import io.millrace.api.SourceControl;
import io.millrace.api.json.JsonIn;
import io.millrace.ingest.Replayed;
import io.millrace.ingest.SourceWait;
import io.millrace.ingest.Sources;
import io.millrace.ingest.StreamPosition;
import io.millrace.ingest.config.ResetTo;
import io.millrace.ingest.deadletter.DeadLetters;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.BadInput;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Answers what the API asks of the sources of this process.
final class SourceDesk implements SourceControl, AutoCloseable {
  private static final int MAX_LETTERS = 10_000;

  private final Sources sources;
  private final SourceLags lags;

  SourceDesk(Sources sources) {
    this.sources = sources;
    this.lags = SourceLags.start(sources);
  }

  /// Age of the oldest record that waits in any source, as of the last second; waits for nobody.
  double oldestSeconds() {
    return lags.oldestSeconds();
  }

  @Override
  public String ask(Question question) {
    String source = question.source();
    return switch (question.kind()) {
      case LIST -> SourcesJson.of(sources.status(), lags);
      case DESCRIBE -> SourcesJson.of(sources.describe(source), lags);
      case PUT -> SourcesJson.of(sources.put(source, question.body()), lags);
      case DELETE -> {
        sources.delete(source);
        yield "true";
      }
      case PAUSE -> {
        if (question.names().isEmpty()) {
          sources.pause(source);
        } else {
          sources.pause(source, Set.copyOf(question.names()));
        }
        yield SourcesJson.of(sources.describe(source), lags);
      }
      case RESUME -> {
        if (question.names().isEmpty()) {
          sources.resume(source);
        } else {
          sources.resume(source, Set.copyOf(question.names()));
        }
        yield SourcesJson.of(sources.describe(source), lags);
      }
      case RESET -> {
        long epoch = reset(source, tree(question.body()));
        yield SourcesJson.write(out -> {
          out.writeStartObject();
          out.writeNumberProperty("epoch", epoch);
          out.writeEndObject();
        });
      }
      case TRY_RECORD -> tried(source, tree(question.body()));
      case DEAD_LETTERS -> letters(source, tree(question.body()));
      case REPLAY -> replayed(source, tree(question.body()));
      case PURGE -> purged(source, tree(question.body()));
      case AWAIT -> await(question);
    };
  }

  private static JsonNode tree(String json) {
    return JsonIn.read(json, JsonIn::tree);
  }

  // ---- reset

  private long reset(String source, JsonNode body) {
    Set<String> streams = new LinkedHashSet<>();
    body.path("streams").forEach(stream -> streams.add(stream.asString("")));
    return sources.reset(source, resetTo(body.path("to")), streams);
  }

  private static ResetTo resetTo(JsonNode to) {
    if (to.isObject()) {
      Map<String, Long> next = new HashMap<>();
      to.properties()
          .forEach(stream -> {
            if (!stream.getValue().isIntegralNumber() || stream.getValue().longValue() < 0) {
              throw BadInput.badRequest(
                  "`to." + stream.getKey() + "`: expected a position, 0 or more");
            }
            next.put(stream.getKey(), stream.getValue().longValue());
          });
      return new ResetTo.Positions(next);
    }
    String text = to.asString("");
    return switch (text) {
      case "earliest" -> new ResetTo.Earliest();
      case "latest" -> new ResetTo.Latest();
      default -> {
        try {
          yield new ResetTo.At(Instant.parse(text));
        } catch (DateTimeException e) {
          throw BadInput.badRequest(
              "`to`: expected earliest, latest, a time such as 2026-11-01T00:00:00Z, or an object"
                  + " of stream and next position");
        }
      }
    };
  }

  // ---- a record that is only tried

  private String tried(String source, JsonNode body) {
    Origin origin =
        body.path("file").isString()
            ? new Origin.DroppedFile(body.path("file").stringValue())
            : new Origin.Topic(body.path("topic").asString(""));
    List<RawRecord.Header> headers = new ArrayList<>();
    body.path("headers")
        .properties()
        .forEach(header ->
            headers.add(
                new RawRecord.Header(
                    header.getKey(),
                    header.getValue().asString("").getBytes(StandardCharsets.UTF_8))));
    RawRecord record = new RawRecord(0, -1, bytes(body, "key"), bytes(body, "value"), headers);
    Decoded decoded = sources.tryOut(source, origin, record);
    return SourcesJson.write(out -> {
      out.writeStartObject();
      switch (decoded) {
        case Decoded.Operations(String collection, List<Operation> operations) -> {
          out.writeStringProperty("outcome", "operations");
          out.writeStringProperty("collection", collection);
          out.writeName("operations");
          out.writeStartArray();
          operations.forEach(operation -> out.writeString(kind(operation)));
          out.writeEndArray();
        }
        case Decoded.Dropped(Decoded.Dropped.Why why) ->
            out.writeStringProperty("outcome", why.name().toLowerCase(java.util.Locale.ROOT));
        case Decoded.Bad bad -> {
          out.writeStringProperty("outcome", "dead");
          out.writeStringProperty("code", bad.code().name());
          out.writeStringProperty("pointer", bad.pointer());
          out.writeStringProperty("message", bad.message());
        }
      }
      out.writeEndObject();
    });
  }

  /// `key` as text or JSON, `key_b64` as bytes.
  private static byte @Nullable [] bytes(JsonNode body, String field) {
    JsonNode encoded = body.path(field + "_b64");
    if (encoded.isString()) {
      try {
        return Base64.getDecoder().decode(encoded.stringValue());
      } catch (IllegalArgumentException e) {
        throw BadInput.badRequest("`" + field + "_b64` is no Base64");
      }
    }
    JsonNode value = body.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    String text = value.isString() ? value.stringValue() : value.toString();
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String kind(Operation operation) {
    Operation plain =
        operation instanceof Operation.Versioned(Operation inner, long version) ? inner : operation;
    return plain
        .getClass()
        .getSimpleName()
        .replaceAll("([a-z])([A-Z])", "$1_$2")
        .toLowerCase(java.util.Locale.ROOT);
  }

  // ---- dead letters

  private String letters(String source, JsonNode wanted) {
    int limit = (int) Math.clamp(wanted.path("limit").asLong(100), 0, MAX_LETTERS);
    String id = wanted.path("id").asString("");
    List<DeadLetters.Entry> found = new ArrayList<>();
    for (String name : names(source, id)) {
      // What the conditions leave out must not take the place of what they want.
      int enough = wanted.size() > 1 ? MAX_LETTERS : limit;
      sources.deadLetters(name, enough).stream()
          .filter(letter -> fits(letter, wanted))
          .limit(id.isEmpty() ? limit : 1)
          .forEach(found::add);
    }
    found.sort((a, b) -> b.failedAt().compareTo(a.failedAt()));
    if (!id.isEmpty()) {
      if (found.isEmpty()) {
        throw new Failure.NotFound("There is no dead letter '" + id + "'");
      }
      return SourcesJson.write(out -> SourcesJson.letter(out, found.getFirst(), true));
    }
    return SourcesJson.write(out -> {
      out.writeStartArray();
      found.stream().limit(limit).forEach(letter -> SourcesJson.letter(out, letter, false));
      out.writeEndArray();
    });
  }

  /// An id begins `<epoch>:<source>/`.
  private List<String> names(String source, String id) {
    int colon = id.indexOf(':');
    int slash = id.indexOf('/');
    if (colon > 0 && slash > colon) {
      return List.of(id.substring(colon + 1, slash));
    }
    return source.isEmpty()
        ? sources.describe().stream().map(Sources.Described::name).toList()
        : List.of(source);
  }

  private static boolean fits(DeadLetters.Entry letter, JsonNode wanted) {
    return equal(wanted, "id", letter.id())
        && equal(wanted, "code", letter.code())
        && equal(wanted, "collection", letter.collection())
        && (wanted.path("from").asString("").compareTo(letter.failedAt()) <= 0)
        && (!wanted.has("to") || letter.failedAt().compareTo(wanted.path("to").asString("")) < 0)
        && (!wanted.has("after")
            || letter.failedAt().compareTo(wanted.path("after").asString("")) < 0);
  }

  private static boolean equal(JsonNode wanted, String field, String value) {
    return !wanted.has(field) || wanted.path(field).asString("").equals(value);
  }

  private static Predicate<DeadLetters.Entry> chosen(JsonNode wanted) {
    Set<String> ids = new LinkedHashSet<>();
    wanted.path("ids").forEach(id -> ids.add(id.asString("")));
    return letter -> wanted.has("ids") ? ids.contains(letter.id()) : fits(letter, wanted);
  }

  private static int limit(JsonNode wanted) {
    return (int) Math.clamp(wanted.path("limit").asLong(1_000), 1, MAX_LETTERS);
  }

  private String replayed(String source, JsonNode wanted) {
    Replayed.Mode mode =
        switch (wanted.path("mode").asString("safe")) {
          case "safe" -> Replayed.Mode.SAFE;
          case "force" -> Replayed.Mode.FORCE;
          default -> throw BadInput.badRequest("`mode`: expected safe or force");
        };
    Replayed.Run run =
        wanted.path("dry_run").booleanValue(false) ? Replayed.Run.DRY : Replayed.Run.FOR_REAL;
    Replayed done;
    try {
      done = sources.replay(source, chosen(wanted), limit(wanted), mode, run);
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    }
    return SourcesJson.write(out -> {
      out.writeStartObject();
      for (Replayed.Outcome outcome : Replayed.Outcome.values()) {
        out.writeNumberProperty(
            outcome.name().toLowerCase(java.util.Locale.ROOT), done.count(outcome));
      }
      out.writeArrayPropertyStart("letters");
      for (Replayed.Result result : done.results()) {
        out.writeStartObject();
        out.writeStringProperty("id", result.id());
        out.writeStringProperty(
            "outcome", result.outcome().name().toLowerCase(java.util.Locale.ROOT));
        out.writeStringProperty("why", result.why());
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  private String purged(String source, JsonNode wanted) {
    if (!wanted.path("confirm").booleanValue(false)) {
      throw BadInput.badRequest("`confirm`: true, since purged dead letters do not come back");
    }
    int purged = sources.purge(source, chosen(wanted), limit(wanted));
    return SourcesJson.write(out -> {
      out.writeStartObject();
      out.writeNumberProperty("purged", purged);
      out.writeEndObject();
    });
  }

  // ---- waiting

  private String await(Question question) {
    List<StreamPosition> positions = question.names().stream().map(StreamPosition::parse).toList();
    List<String> collections = question.body().isEmpty() ? List.of() : List.of(question.body());
    SourceWait.Answer answer;
    try {
      answer = sources.await(positions, collections, Deadline.in(question.patience()));
    } catch (InterruptedException meansStop) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("The server is stopping");
    }
    return SourcesJson.of(positions, answer);
  }

  @Override
  public void close() {
    lags.close();
  }
}
