package io.millrace.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What an exact scan answers to every query of a data set under one filter: one entry of
/// `truth.json`.
public final class ExactAnswers {
  private final String name;
  private final double selectivity;
  private final List<Optional<JsonNode>> filters;
  private final List<List<Integer>> top;

  private ExactAnswers(
      String name, double selectivity, List<Optional<JsonNode>> filters, List<List<Integer>> top) {
    this.name = name;
    this.selectivity = selectivity;
    this.filters = List.copyOf(filters);
    this.top = List.copyOf(top);
  }

  static ExactAnswers read(JsonNode entry, List<JsonNode> queryFacts) {
    var filters = new ArrayList<Optional<JsonNode>>();
    var top = new ArrayList<List<Integer>>();
    for (int q = 0; q < queryFacts.size(); q++) {
      JsonNode filter = entry.path("filter");
      if (entry.has("by")) {
        String own = queryFacts.get(q).path(entry.path("by").stringValue()).stringValue();
        filter = entry.path("filters").path(own);
      }
      filters.add(filter.isObject() ? Optional.of(filter) : Optional.empty());
      var ids = new ArrayList<Integer>();
      entry.path("top").path(q).forEach(id -> ids.add(id.intValue()));
      top.add(List.copyOf(ids));
    }
    return new ExactAnswers(
        entry.path("name").stringValue(), entry.path("selectivity").doubleValue(), filters, top);
  }

  public String name() {
    return name;
  }

  /// Share of the points that the filter accepts, averaged over the queries.
  public double selectivity() {
    return selectivity;
  }

  /// The filter of this query in Qdrant's form; empty = none.
  public Optional<JsonNode> filter(int query) {
    return filters.get(query);
  }

  /// The best `k` ids, best first; fewer only where fewer points match.
  public List<Integer> top(int query, int k) {
    List<Integer> all = top.get(query);
    return all.subList(0, Math.min(k, all.size()));
  }
}
