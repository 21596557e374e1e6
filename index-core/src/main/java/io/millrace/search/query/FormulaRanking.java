package io.millrace.search.query;

import io.millrace.index.PointReader;
import io.millrace.model.BadInput;
import io.millrace.model.Condition;
import io.millrace.model.Condition.Position;
import io.millrace.model.Deadline;
import io.millrace.model.Filter;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.query.Formula;
import io.millrace.payload.DateTimes;
import io.millrace.payload.IndexedValues;
import io.millrace.payload.JsonValue;
import io.millrace.payload.PathEvaluator;
import io.millrace.search.filter.Filters;
import io.millrace.search.points.DocIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.BitSet;
import org.jspecify.annotations.Nullable;

/// Ranks what prefetches found by a formula over their scores and the payload, larger first, equal
/// scores by id.
final class FormulaRanking {
  private final Formula formula;
  private final Filters filters;
  private final PayloadSchema schema;
  private final DocIds ids;
  private final Deadline deadline;
  private final Map<Condition, Map<Integer, BitSet>> conditions = new HashMap<>();

  /// @param schema a variable with an index has the values that the index holds
  FormulaRanking(
      Formula formula, Filters filters, PayloadSchema schema, DocIds ids, Deadline deadline) {
    this.formula = formula;
    this.filters = filters;
    this.schema = schema;
    this.ids = ids;
    this.deadline = deadline;
  }

  List<Scored> rank(List<List<Scored>> prefetched) throws IOException {
    List<Map<Integer, Float>> scores = new ArrayList<>();
    for (List<Scored> list : prefetched) {
      Map<Integer, Float> byDoc = new HashMap<>();
      list.forEach(scored -> byDoc.putIfAbsent(scored.doc(), scored.score()));
      scores.add(byDoc);
    }
    DocSet docs = DocSet.unionOf(prefetched);
    List<Scored> ranked = new ArrayList<>(docs.size());
    for (int i = 0; i < docs.size(); i++) {
      if (i % DocBlocks.BLOCK == 0) {
        deadline.check();
      }
      Point point = new Point(docs.doc(i), scores);
      double value = new FormulaEvaluator(point).value(formula.expression());
      float score = (float) value;
      if (!Float.isFinite(score)) {
        throw FormulaEvaluator.notFinite(FormulaEvaluator.text(value) + " as f32", score);
      }
      ranked.add(new Scored(docs.doc(i), score));
    }
    ranked.sort(TopScored.bestFirst(ids));
    return ranked;
  }

  private boolean holds(Condition condition, LeafReaderContext leaf, int doc) throws IOException {
    Map<Integer, BitSet> bySegment = conditions.computeIfAbsent(condition, c -> new HashMap<>());
    BitSet matching = bySegment.get(leaf.ord);
    if (matching == null) {
      matching = filters.of(Filter.must(condition), deadline).matching(leaf);
      bySegment.put(leaf.ord, matching);
    }
    return doc < matching.length() && matching.get(doc);
  }

  /// The variables of one document; its payload is read when the first of them is asked for.
  private final class Point implements FormulaEvaluator.Variables {
    private final int globalDoc;
    private final List<Map<Integer, Float>> scores;
    private JsonValue.@Nullable Obj payload;

    Point(int globalDoc, List<Map<Integer, Float>> scores) {
      this.globalDoc = globalDoc;
      this.scores = scores;
    }

    @Override
    public double score(int prefetch) {
      Float score = prefetch < scores.size() ? scores.get(prefetch).get(globalDoc) : null;
      return score != null ? score : formula.scores().getOrDefault(prefetch, 0.0);
    }

    @Override
    public double number(PayloadPath path) {
      Optional<JsonValue> stored = stored(path, "number");
      if (stored.isPresent()) {
        if (stored.get() instanceof JsonValue.Num number) {
          return number.number();
        }
      } else if (formula.values().get(path) instanceof Formula.Value.Number(double value)) {
        return value;
      }
      throw fault(path, "number", "Value is not a number");
    }

    @Override
    public Position position(PayloadPath path) {
      Optional<JsonValue> stored = stored(path, "geo point");
      if (stored.isPresent()) {
        if (stored.get() instanceof JsonValue.Obj(var members)
            && members.get("lat") instanceof JsonValue.Num lat
            && members.get("lon") instanceof JsonValue.Num lon) {
          return new Position(lat.number(), lon.number());
        }
      } else if (formula.values().get(path)
          instanceof Formula.Value.Position(double lat, double lon)) {
        return new Position(lat, lon);
      }
      throw fault(path, "geo point", "Value is not a geo point");
    }

    @Override
    public long epochMicros(PayloadPath path) {
      Optional<JsonValue> stored = stored(path, "datetime");
      if (stored.isPresent()) {
        if (stored.get() instanceof JsonValue.Text(String text)) {
          OptionalLong micros = DateTimes.parse(text);
          if (micros.isPresent()) {
            return micros.getAsLong();
          }
        }
      } else if (formula.values().get(path) instanceof Formula.Value.Text(var micros)
          && micros.isPresent()) {
        return micros.get();
      }
      throw fault(path, "datetime", "Value is not a datetime");
    }

    @Override
    public boolean holds(Condition condition) {
      try {
        LeafReaderContext leaf = ids.leaf(globalDoc);
        return FormulaRanking.this.holds(condition, leaf, globalDoc - leaf.docBase);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /// The point's value, of a list with one element that; empty where there is only a default.
    private Optional<JsonValue> stored(PayloadPath path, String type) {
      List<JsonValue> values = PathEvaluator.values(payload(), path);
      if (values.size() == 1 && values.getFirst() instanceof JsonValue.Arr(var elements)) {
        values = elements;
      }
      Optional<PayloadIndex> index = schema.of(path);
      if (index.isPresent()) {
        values = values.stream().filter(v -> IndexedValues.has(index.get(), v)).toList();
      }
      if (values.isEmpty()) {
        if (!formula.values().containsKey(path)) {
          throw fault(path, type, "No value found in a payload nor defaults");
        }
        return Optional.empty();
      }
      if (values.size() > 1) {
        throw fault(path, type, "Value is not a " + type);
      }
      return Optional.of(values.getFirst());
    }

    private JsonValue.Obj payload() {
      JsonValue.Obj read = payload;
      if (read == null) {
        try {
          LeafReaderContext leaf = ids.leaf(globalDoc);
          PayloadBytes bytes = PointReader.payload(leaf.reader(), globalDoc - leaf.docBase);
          read = JsonValue.parse(bytes);
          payload = read;
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
      return read;
    }

    private static BadInput fault(PayloadPath path, String type, String why) {
      return BadInput.wrong(
          "Expected "
              + type
              + " value for "
              + path
              + " in the payload and/or in the formula defaults. Error: "
              + why);
    }
  }
}
