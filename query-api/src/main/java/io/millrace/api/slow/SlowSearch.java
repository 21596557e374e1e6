package io.millrace.api.slow;

import io.millrace.api.strict.IndexNeed;
import io.millrace.meter.SearchPaths;
import io.millrace.meter.SearchWork;
import io.millrace.model.PayloadSchema;
import io.millrace.model.query.Query;
import io.millrace.model.query.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a log line tells of a search that was slow.
///
/// ```
/// query   rrf(nearest, nearest)               of a batch the first, and how many more
/// limit   10                                  hits, of the whole tree
/// filter  must[match(color), range(price)]    shapes of all stages
/// paths   graph:1,exact:3                     segments by path; none where no vector was compared
/// scored  4210                                rows compared with a query
/// reason  no index for price (float, integer); exact was asked for
/// ```
public final class SlowSearch {
  /// So many rows without a graph take milliseconds.
  private static final long MANY_FLAT_ROWS = 10_000;

  /// Shapes or reasons of one kind that are told; of a batch the others are alike.
  private static final int MOST = 4;

  private final Searches.Searched searched;
  private final List<Stage> stages;

  public SlowSearch(Searches.Searched searched) {
    this.searched = searched;
    this.stages = searched.roots().stream().flatMap(SlowSearch::all).toList();
  }

  private static Stream<Stage> all(Stage stage) {
    return Stream.concat(Stream.of(stage), stage.prefetches().stream().flatMap(SlowSearch::all));
  }

  /// By name, in order; those that have nothing to tell are left out.
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    if (!searched.roots().isEmpty()) {
      Stage first = searched.roots().getFirst();
      int more = searched.roots().size() - 1;
      facts.put("query", kind(first) + (more == 0 ? "" : " and " + more + " more"));
      if (first.limit() != 0) {
        facts.put("limit", Long.toUnsignedString(first.limit()));
      }
    }
    SearchWork work = searched.work();
    putText(facts, "filter", filters());
    putText(facts, "paths", paths(work));
    if (work.scoredRows() > 0) {
      facts.put("scored", work.scoredRows());
    }
    putText(facts, "reason", String.join("; ", reasons(work)));
    return facts;
  }

  private static void putText(Map<String, Object> facts, String name, String text) {
    if (!text.isEmpty()) {
      facts.put(name, text);
    }
  }

  /// Keys that the search filters by and that have no index which fits, in order.
  public List<IndexNeed> unindexed() {
    PayloadSchema schema = searched.collection().config().payloadSchema();
    return IndexNeed.all(stages.stream().map(Stage::filter).toList(), schema);
  }

  private String filters() {
    return stages.stream()
        .map(Stage::filter)
        .filter(filter -> !filter.isEmpty())
        .map(FilterText::of)
        .distinct()
        .limit(MOST)
        .collect(Collectors.joining("; "));
  }

  private static String paths(SearchWork work) {
    return Stream.of(SearchPaths.Taken.values())
        .filter(taken -> work.segments(taken) > 0)
        .map(taken -> taken.name().toLowerCase(Locale.ROOT) + ":" + work.segments(taken))
        .collect(Collectors.joining(","));
  }

  private List<String> reasons(SearchWork work) {
    List<String> reasons = new ArrayList<>();
    unindexed().stream()
        .limit(MOST)
        .map(need ->
            "no index for "
                + FilterText.name(need.key())
                + " ("
                + String.join(", ", need.types())
                + ")")
        .forEach(reasons::add);
    if (stages.stream().anyMatch(SlowSearch::isExact)) {
      reasons.add("exact was asked for");
    }
    if (work.flatRows() >= MANY_FLAT_ROWS) {
      reasons.add(work.flatRows() + " rows without a graph");
    }
    int dropped = work.segments(SearchPaths.Taken.DROPPED_GRAPH);
    if (dropped > 0) {
      reasons.add("walks that found too few matches and ended in scans: " + dropped);
    }
    return reasons;
  }

  private static boolean isExact(Stage stage) {
    return stage.params().exact() && stage.query().filter(Query::comparesVectors).isPresent();
  }

  private static String kind(Stage stage) {
    String kind = stage.query().map(SlowSearch::kind).orElse("by_id");
    if (stage.prefetches().isEmpty()) {
      return kind;
    }
    return kind
        + stage.prefetches().stream()
            .limit(MOST)
            .map(SlowSearch::kind)
            .collect(Collectors.joining(", ", "(", ")"));
  }

  private static String kind(Query query) {
    return switch (query) {
      case Query.Nearest nearest -> nearest.mmr().isPresent() ? "mmr" : "nearest";
      case Query.Recommend _ -> "recommend";
      case Query.Discover _ -> "discover";
      case Query.Context _ -> "context";
      case Query.Feedback _ -> "relevance_feedback";
      case Query.OrderBy _ -> "order_by";
      case Query.Rrf _ -> "rrf";
      case Query.Dbsf _ -> "dbsf";
      case Query.ByFormula _ -> "formula";
      case Query.Sample _ -> "sample";
    };
  }
}
