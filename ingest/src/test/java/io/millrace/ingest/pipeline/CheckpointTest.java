package io.millrace.ingest.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.collection.WriteBatch;
import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.OnMissingCollection;
import io.millrace.ingest.record.Code;
import io.millrace.model.Failure;
import io.millrace.model.Operation;
import io.millrace.model.PointId;
import io.millrace.model.Selection;
import io.millrace.model.StreamSpan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;

  @Test
  void a_checkpoint_is_read_as_it_was_written() {
    CheckpointFile file = new CheckpointFile(folder, "orders");
    assertThat(file.read()).isEmpty();
    Checkpoint checkpoint =
        new Checkpoint(
            3,
            "cluster",
            Map.of("products", "id"),
            Map.of(
                "products/0",
                new Checkpoint.StreamPoint(new Mark(348123, 5, -1), Set.of(7L, 9L), Tally.NONE),
                "file/17",
                new Checkpoint.StreamPoint(
                    new Mark(2048, -1, 1L << 40),
                    Set.of(),
                    new Tally(9, 4, 2, 1, 0, Map.of(Code.JSON_SYNTAX, 2L)))));

    file.write(checkpoint);
    file.write(checkpoint);

    assertThat(file.read()).contains(checkpoint);
    assertThat(new CheckpointFile(folder, "orders").read()).contains(checkpoint);
  }

  @Test
  void a_file_that_is_no_checkpoint_is_named() throws Exception {
    Files.createDirectories(folder.resolve("checkpoints"));
    Files.writeString(folder.resolve("checkpoints/orders"), "{\"epoch\":1");

    assertThatThrownBy(() -> new CheckpointFile(folder, "orders").read())
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("orders");
  }

  // ---- resume points

  private final FakeCollections collections = new FakeCollections();

  @Test
  void without_a_checkpoint_a_stream_begins_at_its_start() {
    feed("c", 50);

    assertThat(resume(Binding.to("c"), Optional.empty(), OnMissingCollection.PARK).mark())
        .isEqualTo(Mark.offset(10));
  }

  @Test
  void a_vouched_collection_goes_on_at_the_checkpoint() {
    var c = feed("c", 50);

    ResumePoint resume = resume(Binding.to("c"), point(100, c.uid()), OnMissingCollection.PARK);

    assertThat(resume.mark()).isEqualTo(Mark.offset(100));
    assertThat(resume.vouched()).containsExactly(c.uid());
  }

  @Test
  void one_that_lost_its_end_goes_on_behind_its_own_last_record() {
    var c = feed("c", 50);

    assertThat(resume(Binding.to("c"), point(100, 999), OnMissingCollection.PARK).mark())
        .isEqualTo(Mark.offset(51));
    feed(c, 300);
    assertThat(resume(Binding.to("c"), point(100, 999), OnMissingCollection.PARK).mark())
        .isEqualTo(Mark.offset(100));
  }

  @Test
  void a_new_or_missing_collection_of_a_binding_gets_everything() {
    assertThat(resume(Binding.to("c"), point(100, 7), OnMissingCollection.PARK).mark())
        .isEqualTo(Mark.offset(10));
    assertThat(resume(Binding.to("c"), point(100, 7), OnMissingCollection.DEAD).mark())
        .isEqualTo(Mark.offset(100));
    collections.make("c");
    assertThat(resume(Binding.to("c"), point(100, 77), OnMissingCollection.PARK).mark())
        .isEqualTo(Mark.offset(10));
  }

  @Test
  void of_many_collections_the_lowest_decides() {
    var a = feed("a", 99);
    var b = feed("b", 60);
    var c = feed("c", 40);

    ResumePoint resume =
        resume(
            Binding.named(List.of("*")),
            Optional.of(
                new Checkpoint.StreamPoint(Mark.offset(100), Set.of(a.uid(), b.uid()), Tally.NONE)),
            OnMissingCollection.PARK);

    assertThat(resume.mark()).isEqualTo(Mark.offset(41));
    assertThat(resume.vouched()).containsExactlyInAnyOrder(a.uid(), b.uid(), c.uid());
  }

  private ResumePoint resume(
      Binding binding, Optional<Checkpoint.StreamPoint> point, OnMissingCollection onMissing) {
    return ResumePoint.of(
        collections,
        "orders",
        1,
        "products/0",
        Optional.of(binding),
        point,
        onMissing,
        () -> Mark.offset(10));
  }

  private static Optional<Checkpoint.StreamPoint> point(long next, long vouched) {
    return Optional.of(new Checkpoint.StreamPoint(Mark.offset(next), Set.of(vouched), Tally.NONE));
  }

  private FakeCollections.Fake feed(String name, long last) {
    FakeCollections.Fake made = collections.make(name);
    feed(made, last);
    return made;
  }

  private static void feed(FakeCollections.Fake into, long last) {
    var unused =
        into.submit(
            new WriteBatch(
                WriteBatch.Lane.STREAM,
                List.of(new Operation.Delete(new Selection.Ids(List.of(PointId.of(1))))),
                List.of(new StreamSpan("orders", 1, "products/0", 0, last, -1))));
  }
}
