package io.millrace.api.endpoint;

import io.millrace.collection.Collection;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Fetch;
import io.millrace.model.VectorConfig;
import java.util.List;
import java.util.function.LongSupplier;

/// Refuses requests whose answer would be larger than anybody reads, before work begins.
final class AnswerSize {
  /// Of one answer, as JSON.
  private static final long MAX_BYTES = 256L << 20;

  /// Of an answer that is made as a whole before it is sent.
  private static final long HELD_BYTES = 8L << 20;

  /// A float32 in its shortest decimal form, sign and comma included, comes to this on average.
  private static final long COMPONENT_BYTES = 12;

  /// Id, braces and names of a record.
  private static final long RECORD_BYTES = 32;

  /// So few points are not worth asking how large their payloads are.
  private static final long PAGE = 256;

  private AnswerSize() {}

  /// Points that are asked for.
  ///
  /// @param limit unsigned
  /// @param matching counts the points there are; asked only if the limit alone is too much
  record Asked(Fetch fetch, long limit, LongSupplier matching) {}

  /// Returns whether the answer is, or may be, so large that it should not be held as a whole.
  static boolean check(Collection collection, Asked asked) {
    return check(collection, List.of(asked));
  }

  /// As [#check(Collection, Asked)], of one answer that has all of these.
  static boolean check(Collection collection, List<Asked> all) {
    if (isPage(collection, all)) {
      return false;
    }
    long payload = collection.meanPayloadBytes();
    long bytes = 0;
    boolean isUnbounded = false;
    for (Asked asked : all) {
      long each = each(collection.config(), asked.fetch, payload);
      long most = (MAX_BYTES - bytes) / each;
      long points = asked.limit;
      if (points < 0 || points > most) {
        isUnbounded = true; // several groups may have the same few points
        long there = asked.matching.getAsLong();
        points = Long.compareUnsigned(points, there) < 0 ? points : there;
      }
      if (points > most) {
        throw tooLarge(bytes + points * each, MAX_BYTES / each / all.size());
      }
      bytes += points * each;
    }
    return isUnbounded || bytes > HELD_BYTES;
  }

  /// Of a point, about.
  private static long each(CollectionConfig config, Fetch fetch, long payload) {
    return RECORD_BYTES + vectorBytes(config, fetch) + payloadBytes(fetch, payload);
  }

  /// Whether the limits and the vectors alone tell that it is small.
  private static boolean isPage(Collection collection, List<Asked> all) {
    long points = 0;
    long bytes = 0;
    for (Asked asked : all) {
      if (asked.limit < 0 || asked.limit > PAGE) {
        return false;
      }
      points += asked.limit;
      bytes += asked.limit * (RECORD_BYTES + vectorBytes(collection.config(), asked.fetch));
    }
    return points <= PAGE && bytes <= HELD_BYTES;
  }

  private static BadInput tooLarge(long bytes, long limit) {
    return BadInput.badRequest(
        "The answer would hold about "
            + bytes / (1 << 20)
            + " MiB, at most "
            + (MAX_BYTES >> 20)
            + " MiB are sent. Help: Reduce the \"limit\" parameter to or below "
            + limit
            + ", or ask for less of each point.");
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
  private static long payloadBytes(Fetch fetch, long mean) {
    return switch (fetch.payload()) {
      case Fetch.PayloadPart.None _, Fetch.PayloadPart.Include _ -> 0;
      case Fetch.PayloadPart.All _, Fetch.PayloadPart.Exclude _ -> mean;
    };
  }
}
