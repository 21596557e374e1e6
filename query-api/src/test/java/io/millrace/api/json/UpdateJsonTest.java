package io.millrace.api.json;

import static io.millrace.api.json.PointJsonTest.fault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Condition;
import io.millrace.model.Filter;
import io.millrace.model.Operation;
import io.millrace.model.Operation.Precondition;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.VectorValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class UpdateJsonTest {
  private static final Selection ONE_TWO = new Selection.Ids(List.of(PointId.of(1), PointId.of(2)));
  private static final Selection HAS_ONE =
      new Selection.Matching(Filter.must(new Condition.HasId(Set.of(PointId.of(1)))));
  private static final String FILTER = "{\"must\":{\"has_id\":[1]}}";

  private static List<Operation> read(Function<JsonIn, UpdateJson.Update> shape, String json) {
    return JsonIn.read(json, shape).operations();
  }

  @Test
  void points_or_a_filter_say_what_is_deleted() {
    assertThat(read(UpdateJson::delete, "{\"points\":[1,2],\"shard_key\":null,\"x\":\"x\"}"))
        .containsExactly(new Operation.Delete(ONE_TWO));
    assertThat(read(UpdateJson::delete, "{\"filter\":" + FILTER + "}"))
        .containsExactly(new Operation.Delete(HAS_ONE));
    assertThat(read(UpdateJson::delete, "{\"filter\":{}}"))
        .containsExactly(new Operation.Delete(new Selection.Matching(Filter.ALL)));
    assertThat(fault("{}", UpdateJson::delete))
        .isEqualTo("FORMAT data did not match any variant of untagged enum PointsSelector");
  }

  @Test
  void an_empty_list_is_an_empty_request() {
    for (String json : List.of("{\"points\":[]}")) {
      assertThatThrownBy(() -> JsonIn.read(json, UpdateJson::upsert).refuseEmpty())
          .hasMessage("Empty update request");
      assertThatThrownBy(() -> JsonIn.read(json, UpdateJson::delete).refuseEmpty())
          .hasMessage("Empty update request");
    }
  }

  @Test
  void payload_changes_prefer_points_and_insist_on_one_of_both() {
    assertThat(
            read(
                UpdateJson::setPayload,
                "{\"payload\":{\"a\":null},\"points\":[1,2],\"filter\":"
                    + FILTER
                    + ",\"key\":\"x[0].y\"}"))
        .containsExactly(
            new Operation.SetPayload(
                ONE_TWO,
                PayloadBytes.of("{\"a\":null}"),
                Optional.of(PayloadPath.parse("x[0].y"))));
    assertThat(read(UpdateJson::overwritePayload, "{\"payload\":{},\"filter\":" + FILTER + "}"))
        .containsExactly(new Operation.OverwritePayload(HAS_ONE, PayloadBytes.EMPTY));
    assertThat(read(UpdateJson::deletePayload, "{\"keys\":[\"a\",\"b.c[]\"],\"points\":[1,2]}"))
        .containsExactly(
            new Operation.DeletePayload(
                ONE_TWO, List.of(PayloadPath.parse("a"), PayloadPath.parse("b.c[]"))));
    assertThat(read(UpdateJson::clearPayload, "{\"points\":[1,2]}"))
        .containsExactly(new Operation.ClearPayload(ONE_TWO));
    String none = "FORMAT Either list of point ids or filter must be provided";
    assertThat(fault("{\"payload\":{}}", UpdateJson::setPayload)).isEqualTo(none);
    assertThat(fault("{\"payload\":{}}", UpdateJson::overwritePayload)).isEqualTo(none);
    assertThat(fault("{\"keys\":[\"a\"]}", UpdateJson::deletePayload)).isEqualTo(none);
    assertThat(fault("{\"points\":[1]}", UpdateJson::setPayload))
        .startsWith("FORMAT missing field `payload`");
    assertThat(fault("{\"keys\":[\"[]\"],\"points\":[1]}", UpdateJson::deletePayload))
        .isEqualTo("FORMAT Invalid json path: '[]'");
  }

  @Test
  void vectors_are_updated_by_name_and_deleted_filter_first() {
    assertThat(
            read(
                UpdateJson::updateVectors,
                "{\"points\":[{\"id\":1,\"vector\":{\"a\":[1]}}],\"update_filter\":"
                    + FILTER
                    + "}"))
        .containsExactly(
            new Operation.UpdateVectors(
                List.of(
                    new Operation.PointVectors(
                        PointId.of(1), Map.of("a", new VectorValue.Dense(1)))),
                new Precondition(
                    Precondition.Mode.UPSERT,
                    Optional.of(((Selection.Matching) HAS_ONE).filter()))));
    assertThat(
            read(
                UpdateJson::deleteVectors,
                "{\"points\":[1,2],\"filter\":" + FILTER + ",\"vector\":[\"\",\"a\"]}"))
        .containsExactly(
            new Operation.DeleteVectors(HAS_ONE, List.of("", "a")),
            new Operation.DeleteVectors(ONE_TWO, List.of("", "a")));
    assertThat(fault("{\"points\":[{\"id\":1,\"vector\":{}}]}", UpdateJson::updateVectors))
        .isEqualTo("VALIDATION points[0].vector: must specify vectors to update for point");
    assertThat(fault("{\"points\":[]}", UpdateJson::updateVectors))
        .isEqualTo("VALIDATION points: must specify points to update");
    assertThat(fault("{\"points\":[1],\"vector\":[]}", UpdateJson::deleteVectors))
        .startsWith("VALIDATION vector: ");
    assertThatThrownBy(
            () -> JsonIn.read("{\"vector\":[\"a\"]}", UpdateJson::deleteVectors).refuseEmpty())
        .hasMessage("No filter or points provided");
  }

  @Test
  void conditional_upserts_carry_mode_and_filter() {
    Operation.Upsert upsert =
        (Operation.Upsert)
            read(
                    UpdateJson::upsert,
                    "{\"points\":[{\"id\":1,\"vector\":[1]}],\"update_mode\":\"insert_only\"}")
                .getFirst();
    assertThat(upsert.precondition())
        .isEqualTo(new Precondition(Precondition.Mode.INSERT_ONLY, Optional.empty()));
    assertThat(fault("{\"points\":[],\"update_mode\":\"x\"}", UpdateJson::upsert))
        .startsWith("FORMAT unknown variant `x`, expected one of `upsert`");
  }

  @Test
  void a_batch_names_each_operation_and_refuses_items_without_one() {
    List<UpdateJson.Update> updates =
        JsonIn.read(
            "{\"operations\":[{\"upsert\":{\"points\":[{\"id\":1,\"vector\":[1]}]}},"
                + "{\"delete\":{\"points\":[1]}},"
                + "{\"set_payload\":{\"payload\":{},\"points\":[1]}},"
                + "{\"overwrite_payload\":{\"payload\":{},\"points\":[1]}},"
                + "{\"delete_payload\":{\"keys\":[],\"points\":[1]}},"
                + "{\"clear_payload\":{\"points\":[1]}},"
                + "{\"update_vectors\":{\"points\":[{\"id\":1,\"vector\":[1]}]}},"
                + "{\"delete_vectors\":{\"points\":[1],\"vector\":[\"\"]}}]}",
            UpdateJson::batch);

    assertThat(updates)
        .extracting(u -> u.operations().getFirst().getClass().getSimpleName())
        .containsExactly(
            "Upsert",
            "Delete",
            "SetPayload",
            "OverwritePayload",
            "DeletePayload",
            "ClearPayload",
            "UpdateVectors",
            "DeleteVectors");
    assertThat(JsonIn.read("{\"operations\":[]}", UpdateJson::batch)).isEmpty();
    assertThat(
            JsonIn.read(
                "{\"operations\":[{\"note\":{},\"delete\":{\"points\":[1]},\"by\":1}]}",
                UpdateJson::batch))
        .hasSize(1);
    for (String item : List.of("{\"upset\":{}}", "{}")) {
      assertThat(fault("{\"operations\":[" + item + "]}", UpdateJson::batch))
          .isEqualTo("FORMAT data did not match any variant of untagged enum UpdateOperation");
    }
    String two = "{\"delete\":{\"points\":[1]},\"clear_payload\":{\"points\":[1]}}";
    assertThat(fault("{\"operations\":[" + two + "]}", UpdateJson::batch))
        .isEqualTo("FORMAT an update operation has one key, found a second: `clear_payload`");
    assertThat(fault("{}", UpdateJson::batch)).startsWith("FORMAT missing field `operations`");
  }
}
