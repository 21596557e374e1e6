package io.millrace.api.slow;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.millrace.api.ApiSettings;
import io.millrace.api.Server;
import io.millrace.api.auth.TestTokens;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// `/issues` after searches that were slow.
@Timeout(60)
class IssuesRestTest {
  private static final String COLLECTION = "{'vectors':{'size':1,'distance':'Dot'}}";

  @TempDir Path folder;
  private Server server;

  @BeforeEach
  void start() {
    server =
        new Server(
            folder,
            ApiSettings.defaults()
                .withKeys(
                    new ApiSettings.Keys(
                        Optional.of("full"), Optional.empty(), Optional.of("look"), true)));
    server.as("full").put("/collections/my%20words", COLLECTION).result();
    server.put("/collections/other", COLLECTION).result();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private void count(String collection, String condition) {
    server
        .post(
            "/collections/" + collection + "/points/count",
            "{'filter':{'must':[" + condition + "]}}")
        .result();
  }

  private List<JsonNode> issues() {
    return server.get("/issues").result().path("issues").valueStream().toList();
  }

  /// Counts by the filter, which takes longer than nothing.
  private List<JsonNode> slowly(String collection, String condition, int issues) {
    server.slowFrom(Duration.ofNanos(1));
    count(collection, condition);
    server.slowFrom(Duration.ZERO);
    List<JsonNode> found = issues();
    assertThat(found).hasSize(issues);
    return found;
  }

  private static List<String> keys(List<JsonNode> issues) {
    return issues.stream().map(issue -> issue.path("id").asString()).toList();
  }

  @Test
  void a_key_without_an_index_is_an_issue_with_the_request_that_mends_it() {
    Instant before = Instant.now();
    JsonNode issue = slowly("my%20words", "{'key':'color','match':{'value':'hush'}}", 1).getFirst();

    assertThat(issue.propertyNames())
        .containsExactly(
            "id", "code", "description", "solution", "timestamp", "related_collection");
    assertThat(issue.path("id").asString()).isEqualTo("UNINDEXED_FIELD/my words/color");
    assertThat(issue.path("code")).isEqualTo(issue.path("id"));
    assertThat(issue.path("description").asString())
        .isEqualTo(
            "Unindexed field 'color' might be slowing queries down in collection 'my words'");
    assertThat(issue.path("related_collection").asString()).isEqualTo("my words");
    assertThat(Instant.parse(issue.path("timestamp").asString())).isBetween(before, Instant.now());
    assertThat(issue.toString()).doesNotContain("hush");
    JsonNode action = issue.at("/solution/immediate/action");
    assertThat(action.path("method").asString()).isEqualTo("PUT");
    assertThat(action.at("/headers/content-type").asString()).isEqualTo("application/json");

    server
        .put(action.path("uri").asString() + "?wait=true", action.path("body").toString())
        .result();
    assertThat(issues()).isEmpty();
    server.slowFrom(Duration.ofNanos(1));
    count("my%20words", "{'key':'color','match':{'value':'hush'}}");
    slowly("my%20words", "{'key':'price','match':{'value':1}}", 1);
    assertThat(keys(issues())).containsExactly("UNINDEXED_FIELD/my words/price");
  }

  @Test
  void several_kinds_of_index_are_a_choice_and_options_are_part_of_the_request() {
    JsonNode range =
        slowly("other", "{'key':'price','range':{'gt':1}}", 1).getFirst().path("solution");
    assertThat(range.path("immediate_choice").valueStream().map(IssuesRestTest::schema))
        .containsExactly("\"float\"", "\"integer\"");
    server.delete("/issues").result();
    JsonNode uuid =
        slowly("other", "{'key':'u','match':{'value':'00000000-0000-0000-0000-000000000001'}}", 1)
            .getFirst()
            .path("solution");
    assertThat(schema(uuid.path("immediate"))).isEqualTo("\"keyword\"");
    server.delete("/issues").result();
    JsonNode phrase = slowly("other", "{'key':'t','match':{'phrase':'a b'}}", 1).getFirst();
    assertThat(schema(phrase.at("/solution/immediate")))
        .isEqualTo("{\"type\":\"text\",\"phrase_matching\":true}");
  }

  /// A long answer reaches the client before its request is through with the log.
  @Test
  void who_has_the_answer_of_a_slow_search_finds_its_issue() throws Exception {
    String text = "x".repeat(100_000);
    server
        .put(
            "/collections/other/points?wait=true",
            "{'points':[{'id':1,'vector':[1],'payload':{'text':'" + text + "'}}]}")
        .result();
    CountDownLatch found = new CountDownLatch(1);
    AppenderBase<ILoggingEvent> held =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            try {
              found.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    held.start();
    Logger slow = (Logger) LoggerFactory.getLogger("slow");
    slow.addAppender(held);
    // A connection of its own: the other one is not free before its request is through.
    try (HttpClient other = HttpClient.newHttpClient()) {
      server.slowFrom(Duration.ofNanos(1));
      server
          .post(
              "/collections/other/points/scroll",
              "{'filter':{'must_not':[{'key':'a','match':{'value':1}}]}}")
          .result();
      server.slowFrom(Duration.ZERO);
      HttpRequest issues =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/issues"))
              .header("api-key", "full")
              .build();
      assertThat(other.send(issues, BodyHandlers.ofString()).body())
          .contains("\"id\":\"UNINDEXED_FIELD/other/a\"");
    } finally {
      found.countDown();
      slow.detachAppender(held);
    }
  }

  private static String schema(JsonNode solution) {
    return solution.at("/action/body/field_schema").toString();
  }

  @Test
  void an_index_that_does_not_fit_leaves_the_issue_and_another_ends_it() {
    String text = "{'key':'t','match':{'phrase':'a b'}}";
    index("'keyword'");
    slowly("other", text, 1);
    assertThat(issues()).hasSize(1);
    server.delete("/collections/other/index/t?wait=true").result();
    assertThat(issues()).hasSize(1);
    index("{'type':'text','phrase_matching':true}");
    assertThat(issues()).isEmpty();
  }

  private void index(String schema) {
    server
        .put(
            "/collections/other/index?wait=true",
            "{'field_name':'t','field_schema':" + schema + "}")
        .result();
  }

  @Test
  void fast_searches_and_slow_ones_without_a_filter_are_no_issue() {
    server.slowFrom(Duration.ofHours(1));
    count("other", "{'key':'fast','match':{'value':1}}");
    server.slowFrom(Duration.ofNanos(1));
    server.post("/collections/other/points/scroll", "{}").result();
    count("other", "{'has_id':[1]}");
    slowly("other", "{'key':'slow','match':{'value':1}}", 1);
    assertThat(keys(issues())).containsExactly("UNINDEXED_FIELD/other/slow");
  }

  @Test
  void issues_go_with_their_collection_and_on_demand() {
    slowly("other", "{'key':'a','match':{'value':1}}", 1);
    slowly("my%20words", "{'key':'b','match':{'value':1}}", 2);
    server.delete("/collections/other").result();
    assertThat(keys(issues())).containsExactly("UNINDEXED_FIELD/my words/b");
    server.put("/collections/other", COLLECTION).result();
    assertThat(issues()).hasSize(1);
    assertThat(server.delete("/issues").result().booleanValue()).isTrue();
    assertThat(issues()).isEmpty();
  }

  @Test
  void too_many_small_collections_are_an_issue_of_the_whole_server() {
    for (int i = 3; i <= 30; i++) {
      server.put("/collections/small-" + i, COLLECTION).result();
    }
    assertThat(issues()).isEmpty();
    server.put("/collections/small-31", COLLECTION).result();

    JsonNode issue = issues().getFirst();
    assertThat(issue.path("id").asString()).isEqualTo("TOO_MANY_COLLECTIONS/");
    assertThat(issue.path("code")).isEqualTo(issue.path("id"));
    assertThat(issue.at("/solution/refactor").asString()).contains("in one collection");
    assertThat(issue.path("related_collection").isNull()).isTrue();
    server.as(TestTokens.signed("full", "{'access':[{'collection':'other','access':'rw'}]}"));
    assertThat(issues()).isEmpty();
    server.as("full").delete("/issues").result();
    assertThat(issues()).isEmpty();
    server.put("/collections/small-32", COLLECTION).result();
    assertThat(issues()).hasSize(1);
    for (int i = 31; i <= 32; i++) {
      server.delete("/collections/small-" + i).result();
    }
    assertThat(issues()).isEmpty();
  }

  @Test
  void a_token_sees_the_issues_of_its_collections_and_clears_none() {
    slowly("other", "{'key':'a','match':{'value':1}}", 1);
    slowly("my%20words", "{'key':'b','match':{'value':1}}", 2);
    server.as(TestTokens.signed("full", "{'access':[{'collection':'other','access':'rw'}]}"));
    assertThat(keys(issues())).containsExactly("UNINDEXED_FIELD/other/a");
    assertThat(server.delete("/issues").status()).isEqualTo(403);
    server.as("look");
    assertThat(issues()).hasSize(2);
    assertThat(server.delete("/issues").status()).isEqualTo(403);
  }
}
