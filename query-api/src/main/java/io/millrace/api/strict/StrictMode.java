package io.millrace.api.strict;

import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Scalar;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The limits of one collection, asked before a request's work begins (behaviour of Qdrant 1.19,
/// section 16). Every check throws with the limit's text, or does nothing where there is none. Safe
/// for many threads.
public final class StrictMode {
  private final StrictSettings settings;
  private final PayloadSchema schema;
  private final @Nullable RateLimit reads;
  private final @Nullable RateLimit writes;

  private StrictMode(
      StrictSettings settings,
      PayloadSchema schema,
      @Nullable RateLimit reads,
      @Nullable RateLimit writes) {
    this.settings = settings;
    this.schema = schema;
    this.reads = reads;
    this.writes = writes;
  }

  /// With full buckets.
  ///
  /// @param nanos a clock that never goes back
  static StrictMode of(StrictSettings settings, PayloadSchema schema, LongSupplier nanos) {
    StrictSettings counts = settings.enabled() ? settings : StrictSettings.OFF;
    return new StrictMode(
        counts,
        schema,
        bucket("Read", counts.readsPerMinute(), nanos),
        bucket("Write", counts.writesPerMinute(), nanos));
  }

  /// The same limits and buckets over other indexes.
  StrictMode over(PayloadSchema other) {
    return new StrictMode(settings, other, reads, writes);
  }

  private static @Nullable RateLimit bucket(String kind, OptionalLong limit, LongSupplier nanos) {
    return limit.isPresent() ? new RateLimit(kind, limit.getAsLong(), nanos) : null;
  }

  public StrictSettings settings() {
    return settings;
  }

  private static BadInput refused(String problem, String advice) {
    return BadInput.badRequest(problem + ". Help: " + advice);
  }

  private static void atMost(long value, OptionalLong limit, String name) {
    if (limit.isPresent() && Long.compareUnsigned(value, limit.getAsLong()) > 0) {
      throw exceeded(Long.toUnsignedString(value), Long.toUnsignedString(limit.getAsLong()), name);
    }
  }

  private static BadInput exceeded(String value, String limit, String name) {
    return refused(
        "Limit exceeded " + value + " > " + limit + " for \"" + name + "\"",
        "Reduce the \"" + name + "\" parameter to or below " + limit + ".");
  }

  /// The number of results asked for, of a prefetch too.
  ///
  /// @param limit unsigned
  public void limit(long limit) {
    atMost(limit, settings.queryLimit(), "limit");
  }

  /// The `timeout` that a request names; one that names none is not checked.
  public void timeout(OptionalLong seconds) {
    if (seconds.isPresent()) {
      atMost(seconds.getAsLong(), settings.timeoutSeconds(), "timeout");
    }
  }

  /// The filter of a read.
  public void readFilter(Filter filter) {
    filter(filter, settings.unindexedRetrieve());
  }

  /// The filter that selects what a write changes.
  public void writeFilter(Filter filter) {
    filter(filter, settings.unindexedUpdate());
  }

  /// Whether a key of the filter has no index that fits.
  public boolean isUnindexed(Filter filter) {
    return IndexNeed.in(filter, schema).isPresent();
  }

  private void filter(Filter filter, Optional<Boolean> unindexed) {
    if (isForbidden(unindexed)) {
      IndexNeed.in(filter, schema)
          .ifPresent(need ->
              missing(need, "Create an index for this key or use a different" + " filter."));
    }
    if (settings.filterConditions().isPresent()) {
      long most = settings.filterConditions().getAsLong();
      long count = FilterShape.conditions(filter);
      if (count > most) {
        throw refused(
            "Filter condition limit reached (" + count + " > " + most + ")",
            "Reduce the amount of conditions of your filter.");
      }
    }
    if (settings.conditionSize().isPresent()) {
      long most = settings.conditionSize().getAsLong();
      long size = FilterShape.largestList(filter);
      if (size > most) {
        throw refused(
            "Condition size limit reached (" + size + " > " + most + ")",
            "Reduce the size of your condition.");
      }
    }
  }

  private static void missing(IndexNeed need, String advice) {
    throw refused(
        "Index required but not found for \""
            + need.key()
            + "\" of one of the following types: ["
            + String.join(", ", need.types())
            + "]",
        advice);
  }

  private static boolean isForbidden(Optional<Boolean> allowed) {
    return !allowed.orElse(true);
  }

  /// A key whose number a formula uses.
  public void formulaNumber(PayloadPath key) {
    formula(IndexNeed.number(key, schema));
  }

  /// A key whose date a formula uses.
  public void formulaDate(PayloadPath key) {
    formula(IndexNeed.date(key, schema));
  }

  /// A key whose position a formula uses.
  public void formulaPlace(PayloadPath key) {
    formula(IndexNeed.geo(key, schema));
  }

  /// A condition used as a number.
  public void formulaCondition(Condition condition) {
    formula(IndexNeed.in(Filter.must(condition), schema));
  }

  private void formula(Optional<IndexNeed> need) {
    if (isForbidden(settings.unindexedRetrieve())) {
      need.ifPresent(n ->
          missing(n, "Create an index for this key or use a different formula" + " expression."));
    }
  }

  /// The key that a search groups by.
  public void groupBy(PayloadPath key) {
    if (!isForbidden(settings.unindexedRetrieve())) {
      return;
    }
    String advice = "Create an index supporting `match` for this key.";
    PayloadIndex index =
        schema
            .of(key)
            .orElseThrow(() -> refused("Index required but not found for \"" + key + "\"", advice));
    if (!index.isMatched()) {
      throw refused("Index of type \"" + kind(index) + "\" found for \"" + key + "\"", advice);
    }
  }

  private static String kind(PayloadIndex index) {
    return switch (index) {
      case PayloadIndex.Keyword _ -> "Keyword";
      case PayloadIndex.Whole _ -> "Integer";
      case PayloadIndex.Decimal _ -> "Float";
      case PayloadIndex.Geo _ -> "Geo";
      case PayloadIndex.Bool _ -> "Bool";
      case PayloadIndex.DateTime _ -> "Datetime";
      case PayloadIndex.Uuid _ -> "Uuid";
      case PayloadIndex.Text _ -> "Text";
    };
  }

  /// Whether a count, facet or search must be exact.
  public void exact(boolean exact) {
    if (exact && isForbidden(settings.exact())) {
      throw refused("Exact search disabled!", "Set exact=false.");
    }
  }

  public void params(SearchParams params) {
    if (params.oversampling().isPresent() && settings.oversampling().isPresent()) {
      double value = params.oversampling().getAsDouble();
      double limit = settings.oversampling().getAsDouble();
      if (value > limit) {
        throw exceeded(plain(value), plain(limit), "oversampling");
      }
    }
    if (params.hnswEf().isPresent()) {
      atMost(params.hnswEf().getAsInt(), settings.hnswEf(), "hnsw_ef");
    }
    exact(params.exact());
  }

  /// As Qdrant prints numbers: no fraction where there is none.
  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  private static String plain(float value) {
    return value == Math.rint(value) && Math.abs(value) < 1e7
        ? Long.toString((long) value)
        : new java.math.BigDecimal(Float.toString(value)).toPlainString();
  }

  /// A search that neither a prefetch nor a filter by tenant narrows, over a vector that has no
  /// graph.
  ///
  /// @param m links of the vector's graph
  /// @param payloadM links of the graphs within tenants
  public void scan(String vector, int m, int payloadM, Filter filter) {
    if (m != 0 || !isForbidden(settings.exact())) {
      return;
    }
    String where = vector.isEmpty() ? "" : " on '" + vector + "'";
    if (payloadM == 0) {
      throw refused(
          "Request is forbidden"
              + where
              + " because vector indexing is disabled (hnsw_config.m = 0 and hnsw_config.payload_m"
              + " = 0)",
          "Enable vector indexing, use a prefetch query with indexed vectors or enable strict mode"
              + " `search_allow_exact` option");
    }
    if (!usesTenant(filter)) {
      throw refused(
          "Request is forbidden"
              + where
              + " because global vector indexing is disabled (hnsw_config.m = 0)",
          "Use tenant-specific filter, enable global vector indexing or enable strict mode"
              + " `search_allow_exact` option");
    }
  }

  private boolean usesTenant(Filter filter) {
    Predicate<PayloadPath> tenant = key -> schema.of(key).map(PayloadIndex::isTenant).orElse(false);
    return filter.must().stream()
        .anyMatch(condition ->
            switch (condition) {
              case Condition.MatchValue(var key, _) -> tenant.test(key);
              case Condition.MatchAny(var key, List<Scalar> _) -> tenant.test(key);
              case Condition.Clause(Filter inner) -> usesTenant(inner);
              default -> false;
            });
  }

  /// The points of one upsert.
  public void upserted(int points) {
    atMost(points, settings.upsertBatch(), "upsert limit");
  }

  /// The points of one change of vectors.
  public void updatedVectors(int points) {
    atMost(points, settings.upsertBatch(), "update limit");
  }

  /// What the collection's vectors take before a write adds to them.
  public void vectorBytes(long bytes) {
    reached(bytes, settings.vectorBytes(), "vector");
  }

  /// What the collection's payloads take before a write adds to them.
  public void payloadBytes(long bytes) {
    reached(bytes, settings.payloadBytes(), "payload");
  }

  private static void reached(long bytes, OptionalLong limit, String what) {
    if (limit.isPresent() && Long.compareUnsigned(bytes, limit.getAsLong()) >= 0) {
      throw BadInput.badRequest(
          "Max "
              + what
              + " storage size limit of "
              + plain((float) limit.getAsLong() / (1 << 20))
              + "MB reached!");
    }
  }

  /// The points there are before a write adds to them.
  public void points(long points) {
    if (settings.points().isPresent() && points >= settings.points().getAsLong()) {
      throw BadInput.badRequest(
          "Max points count limit of " + settings.points().getAsLong() + " reached!");
    }
  }

  public void multi(String name, int rows) {
    Long most = settings.multivectorRows().get(name);
    if (most != null && rows > most) {
      throw BadInput.badRequest(
          "Multivector '"
              + name
              + "' has a limit of "
              + most
              + " vectors, but "
              + rows
              + " were provided!");
    }
  }

  public void sparse(String name, int indices) {
    Long most = settings.sparseLength().get(name);
    if (most != null && indices > most) {
      throw BadInput.badRequest(
          "Sparse vector '"
              + name
              + "' has a limit of "
              + most
              + " indices, but "
              + indices
              + " were provided!");
    }
  }

  /// What the process holds of its memory, before a write adds to it.
  public void residentMemory(OptionalInt percent) {
    OptionalLong most = settings.residentMemoryPercent();
    if (most.isPresent() && percent.isPresent() && percent.getAsInt() >= most.getAsLong()) {
      throw refused(
          "Resident memory usage is at "
              + percent.getAsInt()
              + "% of total memory, exceeding the configured limit of "
              + most.getAsLong()
              + "%",
          "Reduce memory usage (e.g. delete points or drop collections), or raise"
              + " `max_resident_memory_percent` in the strict mode config.");
    }
  }

  /// The searches of one batch.
  public void searches(int count) {
    atMost(count, settings.searchBatch(), "search batch size");
  }

  /// Another index of a collection that has so many.
  public void anotherIndex() {
    if (settings.payloadIndexes().isPresent()
        && schema.indexes().size() >= settings.payloadIndexes().getAsLong()) {
      throw refused(
          "Collection already has the maximum number of payload indices ("
              + settings.payloadIndexes().getAsLong()
              + ")",
          "Please delete an existing index before creating a new one.");
    }
  }

  /// Takes tokens for a read.
  public void takeReads(long cost) {
    if (reads != null) {
      reads.take(cost);
    }
  }

  /// Takes tokens for a read by a filter.
  public void takeReads(Filter filter) {
    if (reads != null) {
      reads.take(1 + FilterShape.conditions(filter));
    }
  }

  /// Whether reads are counted, so that their cost needs to be known.
  public boolean countsReads() {
    return reads != null;
  }

  /// Takes tokens for a write of that many points.
  public void takeWrites(long points) {
    if (writes != null) {
      writes.take(Math.max(1, points));
    }
  }

  /// Whether writes are counted, so that their points need to be known.
  public boolean countsWrites() {
    return writes != null;
  }
}
