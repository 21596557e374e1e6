package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.millrace.ModelGenerators;
import io.millrace.frame.FaultDisk;
import io.millrace.frame.FileKind;
import io.millrace.model.AliasAction;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Distance;
import io.millrace.model.Failure;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CatalogTest {
  private static final Path FOLDER = Path.of("/data/catalog");
  private static final Path FILE = FOLDER.resolve("catalog.mcat");
  private static final CollectionConfig CONFIG = CollectionConfig.unnamed(4, Distance.COSINE);

  private final FaultDisk disk = new FaultDisk();

  private static void alias(Catalog catalog, AliasAction... actions) {
    catalog.changeAliases(List.of(actions));
  }

  // ---- collections

  @Test
  void a_collection_is_there_after_opening_again_with_all_of_its_configuration() {
    SplittableRandom r = new SplittableRandom(3);
    CatalogImage image;
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      for (int i = 0; i < 100; i++) {
        catalog.createCollection("c" + i, ModelGenerators.collectionConfig(r, 20), r.nextLong());
      }
      image = catalog.image();
    }
    assertThat(image.folderId()).matches("[0-9a-f]{32}");
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      assertThat(catalog.image()).isEqualTo(image);
    }
    try (Catalog other = Catalog.open(Path.of("/other/catalog"), disk)) {
      assertThat(other.image().folderId()).isNotEqualTo(image.folderId());
    }
  }

  @Test
  void names_are_taken_by_collections_and_by_aliases() {
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      catalog.createCollection("a", CONFIG, 1);
      alias(catalog, new AliasAction.Create("b", "a"));

      assertThatThrownBy(() -> catalog.createCollection("a", CONFIG, 1))
          .isInstanceOf(Failure.AlreadyExists.class)
          .hasMessage("Collection `a` already exists!");
      assertThatThrownBy(() -> catalog.createCollection("b", CONFIG, 1))
          .isInstanceOfSatisfying(
              BadInput.class, e -> assertThat(e.kind()).isEqualTo(BadInput.Kind.WRONG_INPUT))
          .hasMessage(
              "Can't create collection with name b. Alias with the same name already exists");
      assertThatThrownBy(() -> catalog.createCollection("x\uD800", CONFIG, 1))
          .isInstanceOf(BadInput.class);
      assertThat(catalog.image().collections()).containsOnlyKeys("a");
    }
  }

  @Test
  void a_dropped_collection_waits_for_its_folder_and_its_name_is_free() {
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      long uid = catalog.createCollection("a", CONFIG, 1).uid();
      catalog.createCollection("keep", CONFIG, 1);
      alias(catalog, new AliasAction.Create("toA", "a"), new AliasAction.Create("toKeep", "keep"));

      assertThat(catalog.markDropped(uid)).isTrue();
      assertThat(catalog.markDropped(uid)).isFalse();
      assertThat(catalog.markDropped(999)).isFalse();
      assertThat(catalog.image().find("a")).isEmpty();
      assertThat(catalog.image().find("toA")).isEmpty();
      assertThat(catalog.image().aliases()).isEqualTo(new TreeMap<>(Map.of("toKeep", "keep")));

      long second = catalog.createCollection("a", CONFIG, 2).uid();
      assertThat(second).isNotEqualTo(uid);
    }
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      CatalogImage image = catalog.image();
      assertThat(image.dropped()).hasSize(1);
      assertThat(image.dropped().get(image.dropped().firstKey()).name()).isEqualTo("a");
      catalog.forget(image.dropped().firstKey());
      assertThat(catalog.image().dropped()).isEmpty();
      assertThat(catalog.image().collections()).containsOnlyKeys("a", "keep");
    }
  }

  @Test
  void a_uid_is_never_given_twice_also_after_the_file_was_written_anew() {
    long highest = 0;
    for (int i = 0; i < 40; i++) {
      try (Catalog catalog = Catalog.open(FOLDER, disk)) {
        long uid = catalog.createCollection("a", CONFIG, 1).uid();
        assertThat(uid).isGreaterThan(highest);
        highest = uid;
        catalog.markDropped(uid);
        catalog.forget(uid);
      }
    }
    assertThat(disk.count("rename")).isGreaterThan(30);
  }

  @Test
  void an_update_keeps_uid_and_creation() {
    CollectionConfig changed = CollectionConfig.unnamed(4, Distance.DOT);
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      CollectionFact made = catalog.createCollection("a", CONFIG, 77);
      catalog.updateCollection("a", changed);
      assertThat(catalog.image().collections().get("a"))
          .isEqualTo(new CollectionFact(made.uid(), "a", changed, 77));
      assertThatThrownBy(() -> catalog.updateCollection("b", changed))
          .isInstanceOf(Failure.NotFound.class)
          .hasMessage("Collection `b` doesn't exist!");
    }
  }

  // ---- aliases (behaviour of Qdrant: its section on aliases)

  @Test
  void aliases_point_at_collections_and_are_pointed_anew_silently() {
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      CollectionFact a = catalog.createCollection("a", CONFIG, 1);
      CollectionFact b = catalog.createCollection("b", CONFIG, 1);

      alias(catalog, new AliasAction.Create("x", "a"));
      assertThat(catalog.image().find("x")).contains(a);
      alias(catalog, new AliasAction.Create("x", "b"));
      assertThat(catalog.image().find("x")).contains(b);
      alias(catalog, new AliasAction.Rename("x", "y"));
      assertThat(catalog.image().find("x")).isEmpty();
      assertThat(catalog.image().find("y")).contains(b);
      alias(catalog, new AliasAction.Create("z", "a"), new AliasAction.Rename("y", "z"));
      assertThat(catalog.image().aliases()).isEqualTo(new TreeMap<>(Map.of("z", "b")));
      alias(catalog, new AliasAction.Delete("z"), new AliasAction.Delete("z"));
      assertThat(catalog.image().aliases()).isEmpty();
    }
  }

  @Test
  void an_alias_that_cannot_be_fails_and_what_came_before_it_stays() {
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      catalog.createCollection("a", CONFIG, 1);
      catalog.createCollection("b", CONFIG, 1);

      assertThatThrownBy(() ->
              alias(
                  catalog,
                  new AliasAction.Create("x", "a"),
                  new AliasAction.Create("y", "missing"),
                  new AliasAction.Create("z", "a")))
          .isInstanceOf(Failure.NotFound.class)
          .hasMessage("Collection `missing` doesn't exist!");
      assertThat(catalog.image().aliases()).containsOnlyKeys("x");

      assertThatThrownBy(() -> alias(catalog, new AliasAction.Create("b", "a")))
          .isInstanceOf(Failure.AlreadyExists.class)
          .hasMessage("Collection `b` already exists!");
      assertThatThrownBy(() -> alias(catalog, new AliasAction.Create("y", "x")))
          .as("an alias of an alias")
          .isInstanceOf(Failure.NotFound.class);
      assertThatThrownBy(() -> alias(catalog, new AliasAction.Rename("gone", "y")))
          .isInstanceOf(Failure.NotFound.class)
          .hasMessage("Alias gone does not exists!");
      assertThatThrownBy(() -> alias(catalog, new AliasAction.Rename("x", "b")))
          .isInstanceOf(Failure.AlreadyExists.class);
    }
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      assertThat(catalog.image().aliases()).containsOnlyKeys("x");
    }
  }

  // ---- sources

  @Test
  void a_source_keeps_its_epoch_until_a_new_life_and_no_epoch_is_given_twice() {
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      SourceFact orders = catalog.putSource("orders", ConfigBytes.of("one"));
      assertThat(orders).isEqualTo(new SourceFact("orders", 1, ConfigBytes.of("one"), false));
      assertThat(catalog.pauseSource("orders").isPaused()).isTrue();
      assertThat(catalog.putSource("orders", ConfigBytes.of("two")))
          .isEqualTo(new SourceFact("orders", 1, ConfigBytes.of("two"), true));
      assertThat(catalog.nextEpoch("orders")).isEqualTo(2);
      assertThat(catalog.resumeSource("orders").isPaused()).isFalse();
      assertThat(catalog.putSource("inbox", ConfigBytes.of("")).epoch()).isEqualTo(3);
      catalog.removeSource("orders");
      catalog.removeSource("orders");
      assertThatThrownBy(() -> catalog.nextEpoch("orders")).isInstanceOf(Failure.NotFound.class);
    }
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      assertThat(catalog.image().sources()).containsOnlyKeys("inbox");
      assertThat(catalog.putSource("orders", ConfigBytes.of("")).epoch()).isEqualTo(4);
    }
  }

  // ---- the second process

  @Test
  void a_second_process_sees_each_change_after_it_reloads_and_changes_nothing() throws Exception {
    try (Catalog catalog = Catalog.open(FOLDER, disk);
        Catalog second = Catalog.openReadOnly(FOLDER, disk)) {
      int calls = disk.calls().size();
      assertThat(second.image()).isEqualTo(catalog.image());
      for (int i = 0; i < 2_000; i++) { // enough to have the file written anew
        catalog.putSource("s" + i % 10, ConfigBytes.of("x".repeat(i % 300)));
        if (i % 50 == 0) {
          assertThat(second.reload()).isEqualTo(catalog.image());
        }
      }
      assertThat(disk.calls().subList(calls, disk.calls().size()))
          .extracting(FaultDisk.Call::kind)
          .contains("rename");
      assertThatThrownBy(() -> second.createCollection("a", CONFIG, 1))
          .isInstanceOf(Failure.Unavailable.class);
    }
    assertThat(disk.list(FOLDER)).containsExactly("catalog.mcat");
  }

  @Test
  void a_reader_beside_a_torn_tail_takes_what_is_whole() throws Exception {
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      catalog.createCollection("a", CONFIG, 1);
      CatalogImage before = catalog.image();
      byte[] shorter = disk.readAll(FILE);
      catalog.createCollection("b", CONFIG, 1);
      byte[] longer = disk.readAll(FILE);
      for (int length = shorter.length; length < longer.length; length++) {
        byte[] torn = Arrays.copyOf(longer, length);
        disk.put(FILE, torn);
        assertThat(Catalog.openReadOnly(FOLDER, disk).image()).isEqualTo(before);
        assertThat(disk.readAll(FILE)).isEqualTo(torn);
      }
    }
  }

  @Test
  void nobody_waits_for_the_disk_to_read_the_image() throws Exception {
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      CountDownLatch forcing = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      disk.beforeForce(() -> {
        forcing.countDown();
        try {
          goOn.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      });
      Thread creating = Thread.ofVirtual().start(() -> catalog.createCollection("a", CONFIG, 1));
      assertThat(forcing.await(30, TimeUnit.SECONDS)).isTrue();

      assertThat(catalog.image().collections()).isEmpty(); // not durable, not visible

      goOn.countDown();
      creating.join();
      assertThat(catalog.image().collections()).containsOnlyKeys("a");
    }
  }

  // ---- damage

  @Test
  void a_newer_catalog_is_refused_and_left_untouched() throws Exception {
    Catalog.open(FOLDER, disk).close();
    byte[] newer = disk.readAll(FILE);
    newer[4] = 9;
    disk.put(FILE, newer);

    assertThatThrownBy(() -> Catalog.open(FOLDER, disk))
        .isInstanceOf(Failure.Damaged.class)
        .hasMessageContaining("format version 9")
        .hasMessageContaining("up to 1");
    assertThat(disk.readAll(FILE)).isEqualTo(newer);
    assertThat(Arrays.copyOf(newer, 4)).isEqualTo(Arrays.copyOf(Catalog.KIND.header(0), 4));
    assertThat(Catalog.KIND).isEqualTo(new FileKind("MCAT", 1));
  }

  @Test
  @Tag("R-06")
  void a_flipped_bit_is_found_and_named_or_lies_in_the_last_change() throws Exception {
    CatalogImage before;
    int lastFrame;
    try (Catalog catalog = Catalog.open(FOLDER, disk)) {
      catalog.createCollection("a", CONFIG, 1);
      alias(catalog, new AliasAction.Create("x", "a"));
      before = catalog.image();
      lastFrame = disk.readAll(FILE).length;
      catalog.putSource("s", ConfigBytes.of("config"));
    }
    byte[] whole = disk.readAll(FILE);
    SplittableRandom r = new SplittableRandom(8);
    for (int at = 0; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= (byte) (1 << r.nextInt(8));
      disk.put(FILE, flipped);
      try (Catalog catalog = Catalog.open(FOLDER, disk)) {
        if (at < lastFrame) {
          fail("byte " + at + " flipped and nothing said");
        }
        assertThat(catalog.image()).isEqualTo(before);
      } catch (Failure.Damaged e) {
        assertThat(at).isLessThan(lastFrame);
        assertThat(e).hasMessageContaining("catalog.mcat");
        assertThat(disk.readAll(FILE)).isEqualTo(flipped);
      }
    }
  }
}
