package io.millrace.api.endpoint;

import io.millrace.collection.Collection;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Fetch;
import io.millrace.model.VectorConfig;
import java.util.function.LongSupplier;

/// Refuses requests whose answer would be larger than anybody reads, before work begins.
final class AnswerSize {
  /// Of one answer, as JSON.
  private static final long MAX_BYTES = 256L << 20;

  /// A float32 in its shortest decimal form, sign and comma included, comes to this on average.
  private static final long COMPONENT_BYTES = 12;

  /// Id, braces and names of a record.
  private static final long RECORD_BYTES = 32;

  /// So few points are not worth asking how large their payloads are.
  private static final long PAGE = 256;

  private AnswerSize() {}

  /// @param limit points asked for, unsigned
  /// @param matching counts the points there are; asked only if the limit alone is too much
  static void check(Collection collection, Fetch fetch, long limit, LongSupplier matching) {
    long bare = RECORD_BYTES + vectorBytes(collection.config(), fetch);
    if (limit >= 0 && limit <= Math.min(PAGE, MAX_BYTES / bare)) {
      return;
    }
    long each = bare + payloadBytes(fetch, collection);
    if (limit >= 0 && limit <= MAX_BYTES / each) {
      return;
    }
    long points = matching.getAsLong();
    if (limit >= 0) {
      points = Math.min(points, limit);
    }
    if (points > MAX_BYTES / each) {
      throw BadInput.badRequest(
          "The answer would hold about "
              + points * each / (1 << 20)
              + " MiB, at most "
              + (MAX_BYTES >> 20)
              + " MiB are sent. Help: Reduce the \"limit\" parameter to or below "
              + MAX_BYTES / each
              + ", or ask for less of each point.");
    }
  }

  private static long vectorBytes(CollectionConfig config, Fetch fetch) {
    return switch (fetch.vectors()) {
      case Fetch.VectorPart.None _ -> 0;
      case Fetch.VectorPart.All _ ->
          config.vectors().values().stream().mapToLong(AnswerSize::bytes).sum();
      case Fetch.VectorPart.Names(var names) ->
          names.stream()
              .mapToLong(name -> {
                VectorConfig vector = config.vectors().get(name);
                return vector == null ? 0 : bytes(vector);
              })
              .sum();
    };
  }

  private static long bytes(VectorConfig vector) {
    return COMPONENT_BYTES * vector.size();
  }

  /// Parts of payloads are not foreseen.
  private static long payloadBytes(Fetch fetch, Collection collection) {
    return switch (fetch.payload()) {
      case Fetch.PayloadPart.None _, Fetch.PayloadPart.Include _ -> 0;
      case Fetch.PayloadPart.All _, Fetch.PayloadPart.Exclude _ -> {
        long points = collection.info().points();
        yield points == 0 ? 0 : collection.payloadBytes() / points;
      }
    };
  }
}
