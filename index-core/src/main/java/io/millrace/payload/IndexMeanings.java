package io.millrace.payload;

import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Scalar;
import io.millrace.payload.text.TextAnalyzer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What the declared indexes of a collection change about conditions (behaviour of Qdrant 1.19,
/// section 11.2), ready for use. Make one per request: it remembers what queries look for. Safe for
/// many threads. Equal when the schemas are.
///
/// - A text index makes text conditions ask for tokens. Of several strings at a key the tokens
///   count together; inside of `nested` each string counts alone.
/// - Everything else holds at the top level only: a UUID index compares by value, an integer index
///   takes floats with an integral value, and `except` sees only values that the index holds. With
///   any index `is_null` sees nulls in arrays, and the forms of `is_empty` and `is_null` with a
///   `key` judge all values at the key together, where without one any value may satisfy them.
public final class IndexMeanings {
  public static final IndexMeanings NONE = new IndexMeanings(PayloadSchema.NONE);

  private record Asked(PayloadPath key, String text, boolean isPhrase) {}

  /// Told apart by the list itself, which a filter asks with for every point: it may be long.
  private record Wanted(PayloadPath key, List<Scalar> values) {
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Wanted(var otherKey, var otherValues)
          && otherValues == values
          && otherKey.equals(key);
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(values);
    }
  }

  private final PayloadSchema schema;
  private final List<Step> prefix;
  private final Map<PayloadPath, TextAnalyzer> analyzers;
  private final Map<Asked, List<String>> queries = new ConcurrentHashMap<>();
  private final Map<Wanted, Equality> equalities = new ConcurrentHashMap<>();
  private final Map<PayloadPath, IndexMeanings> inner = new ConcurrentHashMap<>();

  public IndexMeanings(PayloadSchema schema) {
    this(schema, List.of(), analyzers(schema));
  }

  private IndexMeanings(
      PayloadSchema schema, List<Step> prefix, Map<PayloadPath, TextAnalyzer> analyzers) {
    this.schema = schema;
    this.prefix = prefix;
    this.analyzers = analyzers;
  }

  private static Map<PayloadPath, TextAnalyzer> analyzers(PayloadSchema schema) {
    Map<PayloadPath, TextAnalyzer> analyzers = new HashMap<>();
    schema
        .indexes()
        .forEach((path, index) -> {
          if (index instanceof PayloadIndex.Text(var options)) {
            analyzers.put(path, new TextAnalyzer(options));
          }
        });
    return analyzers;
  }

  /// For the elements of the array at that path, which ends in `[]`.
  IndexMeanings inside(PayloadPath elements) {
    if (schema.isEmpty()) {
      return this;
    }
    return inner.computeIfAbsent(
        elements,
        path -> {
          List<Step> steps = new ArrayList<>(prefix);
          steps.addAll(path.steps());
          return new IndexMeanings(schema, steps, analyzers);
        });
  }

  private PayloadPath full(PayloadPath key) {
    if (prefix.isEmpty()) {
      return key;
    }
    List<Step> steps = new ArrayList<>(prefix);
    steps.addAll(key.steps());
    return new PayloadPath(steps);
  }

  /// The index that decides equality, `except`, empty and null at the key.
  public Optional<PayloadIndex> of(PayloadPath key) {
    return prefix.isEmpty() && !schema.isEmpty() ? schema.of(key) : Optional.empty();
  }

  /// How values at the key are compared with those of a condition's list.
  Equality equality(PayloadPath key, List<Scalar> wanted) {
    return this == NONE // which outlives requests
        ? Equality.of(Optional.empty(), wanted)
        : equalities.computeIfAbsent(new Wanted(key, wanted), w -> Equality.of(of(key), wanted));
  }

  /// The text index at the key, also inside of `nested`.
  public Optional<PayloadIndex.Text> text(PayloadPath key) {
    return !analyzers.isEmpty() && schema.of(full(key)).orElse(null) instanceof PayloadIndex.Text t
        ? Optional.of(t)
        : Optional.empty();
  }

  private TextAnalyzer analyzer(PayloadPath key) {
    TextAnalyzer analyzer = analyzers.get(full(key));
    if (analyzer == null) {
      throw new IllegalArgumentException("no text index at " + key);
    }
    return analyzer;
  }

  /// What a query's text looks for at a key with a text index, in order.
  public List<String> queryTokens(PayloadPath key, String text) {
    return queries.computeIfAbsent(new Asked(key, text, false), a -> analyzer(key).ofQuery(text));
  }

  /// What a phrase looks for at a key with a text index: what a document that is the phrase has.
  public List<String> phraseTokens(PayloadPath key, String text) {
    return queries.computeIfAbsent(new Asked(key, text, true), a -> analyzer(key).ofDocument(text));
  }

  /// Whether all tokens stand in the strings at the key.
  boolean holdsAll(PayloadPath key, String text, List<String> strings) {
    List<String> wanted = queryTokens(key, text);
    if (wanted.isEmpty()) {
      return false;
    }
    if (prefix.isEmpty()) {
      return tokens(key, strings).containsAll(wanted);
    }
    return strings.stream().anyMatch(s -> tokens(key, List.of(s)).containsAll(wanted));
  }

  boolean holdsAny(PayloadPath key, String text, List<String> strings) {
    Set<String> there = tokens(key, strings);
    return queryTokens(key, text).stream().anyMatch(there::contains);
  }

  /// Whether the tokens follow each other within one string.
  boolean holdsPhrase(PayloadPath key, String text, List<String> strings) {
    List<String> wanted = phraseTokens(key, text);
    TextAnalyzer analyzer = analyzer(key);
    return !wanted.isEmpty()
        && strings.stream()
            .anyMatch(
                s -> java.util.Collections.indexOfSubList(analyzer.ofDocument(s), wanted) >= 0);
  }

  private Set<String> tokens(PayloadPath key, List<String> strings) {
    TextAnalyzer analyzer = analyzer(key);
    Set<String> tokens = new HashSet<>();
    strings.forEach(s -> tokens.addAll(analyzer.ofDocument(s)));
    return tokens;
  }

  public PayloadSchema schema() {
    return schema;
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof IndexMeanings other
        && schema.equals(other.schema)
        && prefix.equals(other.prefix);
  }

  @Override
  public int hashCode() {
    return schema.hashCode();
  }
}
