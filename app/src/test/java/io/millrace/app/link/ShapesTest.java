package io.millrace.app.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.app.link.wire.Wire;
import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadIndex;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadSchema;
import io.millrace.model.Placement;
import io.millrace.model.QuotaConfig;
import io.millrace.model.SparseConfig;
import io.millrace.model.VectorConfig;
import io.millrace.model.VectorConfig.Quantization;
import io.millrace.model.VectorDatatype;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShapesTest {
  @Test
  void a_configuration_arrives_as_it_was_sent() {
    var config =
        new CollectionConfig(
            new TreeMap<>(
                Map.of(
                    "",
                    new VectorConfig(4, Distance.COSINE, 1, 2, 3, new Quantization.None()),
                    "b",
                    new VectorConfig(
                        65_536,
                        Distance.MANHATTAN,
                        0,
                        5,
                        Long.MAX_VALUE,
                        new Quantization.Scalar(0.99f),
                        VectorDatatype.UINT8,
                        true,
                        12,
                        8,
                        new Placement(true, false, true)))),
            new TreeMap<>(Map.of("s", new SparseConfig(true, 5), "t", SparseConfig.PLAIN)),
            7,
            true,
            PayloadBytes.of("{\"ä\":1}"),
            new PayloadSchema(
                Map.of(PayloadPath.parse("a[].b"), new PayloadIndex.Whole(true, false))));

    assertThat(Shapes.config(Shapes.config(config))).isEqualTo(config);
  }

  @Test
  void quotas_arrive_with_the_limits_that_are_set() {
    QuotaConfig some =
        new QuotaConfig(true, OptionalInt.of(1), OptionalInt.empty(), OptionalInt.of(0));
    QuotaConfig other =
        new QuotaConfig(false, OptionalInt.empty(), OptionalInt.of(100), OptionalInt.empty());

    assertThat(Shapes.quotas(Shapes.quotas(some))).isEqualTo(some);
    assertThat(Shapes.quotas(Shapes.quotas(other))).isEqualTo(other);
  }

  @Test
  void alias_actions_arrive_in_order() {
    List<AliasAction> actions =
        List.of(
            new AliasAction.Create("a", "c"),
            new AliasAction.Delete("d"),
            new AliasAction.Rename("e", "f"));

    Wire.ChangeAliases.Builder wire = Wire.ChangeAliases.newBuilder();
    actions.forEach(action -> wire.addActions(Shapes.alias(action)));

    assertThat(Shapes.aliases(wire.build())).isEqualTo(actions);
  }

  @Test
  void every_failure_arrives_as_its_kind_with_its_words() {
    List<Failure> failures =
        List.of(
            BadInput.dimension(4, 3, "v"),
            new Failure.NotFound("n"),
            new Failure.AlreadyExists("a"),
            new Failure.TooMuch("t", Duration.ofMillis(1500)),
            new Failure.TimedOut("o"),
            new Failure.Unavailable("u"),
            new Failure.StorageFull("s"),
            new Failure.Damaged("d"));
    assertThat(failures).extracting(Object::getClass).containsExactlyInAnyOrder(kinds());

    for (Failure failure : failures) {
      RuntimeException arrived = Shapes.failure(Shapes.failure(failure));

      assertThat(arrived).hasSameClassAs(failure).hasMessage(failure.getMessage());
      if (failure instanceof BadInput sent && arrived instanceof BadInput got) {
        assertThat(got.kind()).isEqualTo(sent.kind());
        assertThat(got.rule()).isEqualTo(sent.rule());
      }
      if (failure instanceof Failure.TooMuch sent && arrived instanceof Failure.TooMuch got) {
        assertThat(got.retryAfter()).isEqualTo(sent.retryAfter());
      }
    }
  }

  @Test
  void a_bug_of_the_other_process_stays_a_bug() {
    assertThat(Shapes.failure(Shapes.failure(new NullPointerException("x"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The ingest process failed: NullPointerException: x");
  }

  private static Class<?>[] kinds() {
    return Failure.class.getPermittedSubclasses();
  }
}
