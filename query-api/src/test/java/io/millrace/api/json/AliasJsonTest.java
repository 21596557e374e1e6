package io.millrace.api.json;

import static io.millrace.api.json.PointJsonTest.fault;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.AliasAction;
import org.junit.jupiter.api.Test;

class AliasJsonTest {
  @Test
  void actions_keep_their_order() {
    assertThat(
            JsonIn.read(
                "{\"actions\":[{\"create_alias\":{\"collection_name\":\"c\",\"alias_name\":\"a\"}},"
                    + "{\"rename_alias\":{\"old_alias_name\":\"a\",\"new_alias_name\":\"b\"}},"
                    + "{\"delete_alias\":{\"alias_name\":\"b\"}}]}",
                AliasJson::actions))
        .containsExactly(
            new AliasAction.Create("a", "c"),
            new AliasAction.Rename("a", "b"),
            new AliasAction.Delete("b"));
  }

  @Test
  void what_is_no_action_is_refused() {
    assertThat(fault("{\"actions\":[{\"make\":{}}]}", AliasJson::actions)).startsWith("FORMAT ");
    assertThat(fault("{\"actions\":[{\"delete_alias\":{}}]}", AliasJson::actions))
        .startsWith("FORMAT missing field `alias_name`");
    assertThat(
            fault(
                "{\"actions\":[{\"create_alias\":{\"collection_name\":\"c\",\"alias_name\":\"\"}}]}",
                AliasJson::actions))
        .isEqualTo(
            "VALIDATION actions[0].create_alias.alias_name: value \"\" invalid, must be from 1 to"
                + " 255 characters");
  }
}
