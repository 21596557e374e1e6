package io.millrace.api.slow;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.api.Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// What the slow log says of searches over REST, where every request counts as slow.
@Timeout(60)
class SlowRequestsTest {
  private static final Logger SLOW = (Logger) LoggerFactory.getLogger("slow");

  @TempDir Path folder;
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private Server server;

  @BeforeEach
  void start() {
    server = Server.over(folder);
    logged.start();
    SLOW.addAppender(logged);
  }

  @AfterEach
  void stop() {
    server.close();
    SLOW.detachAppender(logged);
  }

  /// Two dimensions, ids from 1; `color` and `price` in the payload, neither indexed.
  private void collection(int points) {
    server
        .put("/collections/c", "{'vectors':{'size':2,'distance':'Dot'},'sparse_vectors':{'s':{}}}")
        .result();
    upsert(points, "'vector':{'':[1,%d],'s':{'indices':[1],'values':[1]}}");
  }

  /// @param vector with a place for the id
  private void upsert(int points, String vector) {
    String all =
        IntStream.rangeClosed(1, points)
            .mapToObj(id ->
                "{'id':%d,".formatted(id)
                    + vector.formatted(id)
                    + ",'payload':{'color':'hush','price':%d}}".formatted(id))
            .collect(joining(","));
    server.put("/collections/c/points?wait=true", "{'points':[" + all + "]}").result();
  }

  /// A collection whose vectors lie in one graph.
  private void graph() {
    server
        .put(
            "/collections/c",
            "{'vectors':{'size':2,'distance':'Dot'},'optimizers_config':{'indexing_threshold':1}}")
        .result();
    upsert(1_000, "'vector':[1,%d]");
    JsonNode info;
    do {
      info = server.get("/collections/c").result();
    } while (!info.path("status").asString().equals("green")
        || info.path("indexed_vectors_count").intValue() < 1_000);
  }

  /// The fields of the line of this request.
  private Map<String, String> slow(String path, String body) {
    logged.list.clear();
    server.slowFrom(Duration.ofNanos(1));
    server.post("/collections/c" + path, body).result();
    while (logged.list.isEmpty()) {
      Thread.onSpinWait(); // the line comes after the answer
    }
    server.slowFrom(Duration.ZERO);
    Map<String, String> fields = new LinkedHashMap<>();
    logged
        .list
        .getFirst()
        .getKeyValuePairs()
        .forEach(pair -> fields.put(pair.key, String.valueOf(pair.value)));
    assertThat(fields.toString()).doesNotContain("hush", "0.125");
    assertThat(fields).containsKeys("ms", "request_id").containsEntry("collection", "c");
    return fields;
  }

  @Test
  void a_search_in_flat_rows_tells_path_rows_limit_and_no_reason() {
    collection(10);
    assertThat(slow("/points/query", "{'query':[1,0.125],'limit':3}"))
        .containsEntry("query", "nearest")
        .containsEntry("limit", "3")
        .containsEntry("paths", "exact:1")
        .containsEntry("scored", "10")
        .doesNotContainKeys("filter", "reason");
  }

  @Test
  void a_filter_is_told_by_shape_and_its_keys_without_an_index_are_the_reason() {
    collection(10);
    server
        .put("/collections/c/index?wait=true", "{'field_name':'color','field_schema':'keyword'}")
        .result();
    String filter =
        "{'must':[{'key':'color','match':{'value':'hush'}},{'key':'price','range':{'gt':0.125}}],"
            + "'must_not':[{'has_id':[1,2]},{'is_empty':{'key':'a.\\\"b c=1\\\"'}}]}";
    assertThat(slow("/points/query", "{'query':[1,0.125],'filter':" + filter + "}"))
        .containsEntry(
            "filter", "must[match(color), range(price)] must_not[has_id(2), is_empty(a.\"b?c?1\")]")
        .containsEntry(
            "reason",
            "no index for price (float, integer); no index for a.\"b?c?1\""
                + " (bool, datetime, float, geo, integer, keyword, text, uuid)");
    assertThat(slow("/points/scroll", "{'filter':" + filter + ",'limit':5}"))
        .containsEntry("query", "by_id")
        .containsEntry("limit", "5")
        .containsKeys("filter", "reason")
        .doesNotContainKeys("paths", "scored");
    assertThat(slow("/points/count", "{'filter':{'must':[{'key':'price','range':{'gt':1}}]}}"))
        .containsEntry("filter", "must[range(price)]")
        .doesNotContainKey("limit");
    assertThat(
            slow("/facet", "{'key':'color','filter':{'should':[{'key':'p','match':{'value':1}}]}}"))
        .containsEntry("filter", "should[match(p)]");
  }

  @Test
  void walks_scans_and_exact_searches_are_told_apart() {
    graph();
    String plain = "'query':[1,0.125],'limit':1,'params':{'hnsw_ef':8}";
    assertThat(slow("/points/query", "{" + plain + "}"))
        .containsEntry("paths", "graph:1")
        .hasEntrySatisfying("scored", rows -> assertThat(Integer.parseInt(rows)).isBetween(8, 999))
        .doesNotContainKey("reason");
    assertThat(
            slow(
                "/points/query",
                "{" + plain + ",'filter':{'must':[{'key':'price','range':{'gt':200}}]}}"))
        .containsEntry("paths", "filtered_graph:1");
    // The largest products are those of the highest ids.
    assertThat(
            slow(
                "/points/query",
                "{" + plain + ",'filter':{'must':[{'key':'price','range':{'lt':800}}]}}"))
        .containsEntry("paths", "dropped_graph:1")
        .hasEntrySatisfying(
            "reason",
            reason ->
                assertThat(reason)
                    .endsWith("; walks that found too few matches and ended in scans: 1"));
    assertThat(
            slow(
                "/points/query",
                "{" + plain + ",'filter':{'must':[{'key':'price','range':{'lt':8}}]}}"))
        .containsEntry("paths", "exact:1")
        .containsEntry("scored", "7");
    assertThat(slow("/points/query", "{'query':[1,0.125],'limit':1,'params':{'exact':true}}"))
        .containsEntry("paths", "exact:1")
        .containsEntry("scored", "1000")
        .containsEntry("reason", "exact was asked for");
  }

  @Test
  void a_tree_tells_its_kinds_and_a_batch_how_many_there_are() {
    collection(10);
    assertThat(
            slow(
                "/points/query",
                "{'prefetch':[{'query':[1,0.125]},"
                    + "{'query':{'indices':[1],'values':[1]},'using':'s',"
                    + "'filter':{'must':[{'key':'price','match':{'value':1}}]}}],"
                    + "'query':{'fusion':'rrf'},'limit':2}"))
        .containsEntry("query", "rrf(nearest, nearest)")
        .containsEntry("filter", "must[match(price)]")
        .containsEntry("paths", "exact:1,sparse:1");
    assertThat(slow("/points/query/batch", "{'searches':[{'query':[1,1]},{'query':[1,2]}]}"))
        .containsEntry("query", "nearest and 1 more")
        .containsEntry("paths", "exact:2")
        .containsEntry("scored", "20");
    assertThat(slow("/points/query/groups", "{'query':[1,1],'group_by':'color'}"))
        .containsEntry("query", "nearest")
        .containsKey("paths");
    assertThat(
            slow(
                "/points/query",
                "{'query':{'recommend':{'positive':[1,2],'strategy':'best_score'}}}"))
        .containsEntry("query", "recommend")
        .containsEntry("paths", "exact:1");
  }

  @Test
  void many_rows_without_a_graph_are_a_reason() {
    server
        .put("/collections/c", "{'vectors':{'size':1,'distance':'Dot'},'hnsw_config':{'m':0}}")
        .result();
    for (int from = 0; from < 10_000; from += 5_000) {
      String all =
          IntStream.range(from, from + 5_000)
              .mapToObj(id -> "{'id':" + id + ",'vector':[" + id + "]}")
              .collect(joining(","));
      server.put("/collections/c/points?wait=true", "{'points':[" + all + "]}").result();
    }
    assertThat(slow("/points/query", "{'query':[1]}"))
        .containsEntry("reason", "10000 rows without a graph");
  }
}
