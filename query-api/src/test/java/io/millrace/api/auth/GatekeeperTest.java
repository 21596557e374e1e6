package io.millrace.api.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.api.ApiSettings.Keys;
import io.millrace.api.status.Fault;
import io.millrace.model.Condition;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.Scalar;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GatekeeperTest {
  private static final Filter USER =
      Filter.must(
          new Condition.MatchValue(PayloadPath.parse("user"), new Scalar.Text("ann")),
          new Condition.MatchValue(PayloadPath.parse("level"), new Scalar.Whole(3)));

  private final Gatekeeper gatekeeper =
      new Gatekeeper(
          new Keys(Optional.of("full"), Optional.of("other"), Optional.of("look"), true),
          this::exist,
          () -> Instant.ofEpochSecond(1_000));

  private boolean exist(String collection, Filter filter) {
    if (!collection.equals("users")) {
      throw new Failure.NotFound("Collection `" + collection + "` doesn't exist!");
    }
    return filter.equals(USER);
  }

  /// `ok`, or status and text of the answer.
  private String answer(Access asked, String collection, String key) {
    Fault fault =
        catchThrowableOfType(
            Fault.class,
            () -> gatekeeper.admit(asked, Optional.of(collection), key, null, _ -> {}));
    return fault == null ? "ok" : fault.status() + " " + fault.text();
  }

  private static String token(String claims) {
    return TestTokens.signed("full", claims);
  }

  @Test
  void a_token_of_either_full_key_is_taken_until_it_expires() {
    assertThat(answer(Access.MANAGE, "c", token("{}"))).isEqualTo("ok");
    assertThat(answer(Access.MANAGE, "c", TestTokens.signed("other", "{'access':'m'}")))
        .isEqualTo("ok");
    assertThat(answer(Access.READ, "c", token("{'exp':970}"))).isEqualTo("ok");
    assertThat(answer(Access.READ, "c", token("{'exp':969}"))).isEqualTo("403 ExpiredSignature");
    assertThat(answer(Access.READ, "c", TestTokens.signed("look", "{}")))
        .isEqualTo("403 InvalidSignature");
  }

  @Test
  void what_is_no_token_as_we_know_them_is_an_unknown_key() {
    for (String key :
        new String[] {
          "a.b.c",
          "..",
          TestTokens.signed("full", "{'alg':'none'}", "{}"),
          TestTokens.signed("full", "{'alg':'HS512'}", "{}"),
          token("[]"),
          token("{'access':'w'}"),
          token("{'access':null}"),
          token("{'access':[{'collection':'c','access':'m'}]}"),
          token("{'access':[{'collection':'c','access':'r','payload':{'a':1}}]}"),
          token("{'access':[{'collection':'c','access':'r'},{'collection':'c','access':'rw'}]}"),
          token("{'exp':'soon'}"),
          token("{'value_exists':{'collection':'users'}}"),
        }) {
      assertThat(answer(Access.READ, "c", key)).as(key).isEqualTo("401 Invalid API key or JWT");
    }
  }

  @Test
  void a_key_or_token_that_reads_everything_changes_nothing() {
    for (String key : new String[] {"look", token("{'access':'r'}")}) {
      assertThat(answer(Access.READ_WHOLE, "c", key)).isEqualTo("ok");
      for (Access change : new Access[] {Access.WRITE, Access.WRITE_WHOLE, Access.MANAGE}) {
        assertThat(answer(change, "c", key))
            .isEqualTo("403 Forbidden: Global manage access is required");
      }
    }
  }

  @Test
  void a_token_of_collections_opens_these_and_as_far_as_it_says() {
    String key =
        token(
            "{'access':[{'collection':'r','access':'r'},{'collection':'p','access':'prw'},"
                + "{'collection':'w','access':'rw'}]}");

    assertThat(answer(Access.READ_WHOLE, "r", key)).isEqualTo("ok");
    assertThat(answer(Access.WRITE, "r", key))
        .isEqualTo("403 Forbidden: Write access to collection r is required");
    assertThat(answer(Access.WRITE, "p", key)).isEqualTo("ok");
    assertThat(answer(Access.WRITE_WHOLE, "p", key))
        .isEqualTo("403 Forbidden: Only points access is allowed for collection p");
    assertThat(answer(Access.WRITE_WHOLE, "w", key)).isEqualTo("ok");
    assertThat(answer(Access.MANAGE, "w", key))
        .isEqualTo("403 Forbidden: Global access is required");
    assertThat(answer(Access.READ, "x", key))
        .isEqualTo("403 Forbidden: Access to collection x is required");
    Grant grant = gatekeeper.admit(Access.ANY, Optional.empty(), null, "Bearer " + key, _ -> {});
    assertThat(grant.shows("p")).isTrue();
    assertThat(grant.shows("x")).isFalse();
  }

  @Test
  void a_token_that_claims_a_point_holds_while_the_point_is_there() {
    String matches = "[{'key':'user','value':'ann'},{'key':'level','value':%d}]";
    String claim = "{'value_exists':{'collection':'%s','matches':" + matches + "}}";

    assertThat(answer(Access.READ, "c", token(claim.formatted("users", 3)))).isEqualTo("ok");
    assertThat(answer(Access.READ, "c", token(claim.formatted("users", 4))))
        .isEqualTo("401 Invalid JWT, stateful validation failed");
    assertThat(answer(Access.READ, "c", token(claim.formatted("gone", 3))))
        .isEqualTo("403 Invalid JWT, stateful validation failed");
  }

  @Test
  void tokens_are_not_taken_unless_switched_on() {
    var without =
        new Gatekeeper(
            new Keys(Optional.of("full"), Optional.empty(), Optional.empty()), this::exist);
    Fault fault =
        catchThrowableOfType(
            Fault.class,
            () -> without.admit(Access.READ, Optional.empty(), token("{}"), null, _ -> {}));
    assertThat(fault.status()).isEqualTo(401);
  }
}
