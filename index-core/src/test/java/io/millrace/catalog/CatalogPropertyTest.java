package io.millrace.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.millrace.ModelGenerators;
import io.millrace.Props;
import io.millrace.frame.FaultDisk;
import io.millrace.model.AliasAction;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
import io.millrace.model.QuotaConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// The catalog against maps in memory, with re-opens, lost power and failing calls between changes.
@Timeout(60)
class CatalogPropertyTest {
  private static final Path FOLDER = Path.of("/data/catalog");

  @BeforeAll
  static void beQuiet() {
    ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Catalog.class)).setLevel(Level.ERROR);
  }

  /// A random change, made both to a catalog and to this model. What fails changes neither.
  private static final class Model {
    final TreeMap<String, CollectionFact> collections = new TreeMap<>();
    final TreeMap<Long, CollectionFact> dropped = new TreeMap<>();
    final TreeMap<String, String> aliases = new TreeMap<>();
    final TreeMap<String, SourceFact> sources = new TreeMap<>();
    long highestUid;
    long highestEpoch;

    Model copy() {
      Model copy = new Model();
      copy.collections.putAll(collections);
      copy.dropped.putAll(dropped);
      copy.aliases.putAll(aliases);
      copy.sources.putAll(sources);
      copy.highestUid = highestUid;
      copy.highestEpoch = highestEpoch;
      return copy;
    }

    /// Whether the image says what this says; numbers may have been skipped.
    boolean is(CatalogImage image) {
      return image.collections().equals(collections)
          && image.dropped().equals(dropped)
          && image.aliases().equals(aliases)
          && image.sources().equals(sources)
          && image.nextUid() > highestUid
          && image.nextEpoch() > highestEpoch;
    }
  }

  private static String name(SplittableRandom r) {
    return "n" + r.nextInt(8);
  }

  /// Draws a change; the consumer makes it in a catalog and, once it is durable, in the model.
  private static Consumer<Catalog> change(Model model, SplittableRandom r) {
    String name = name(r);
    String other = name(r);
    return switch (r.nextInt(9)) {
      case 0, 1 -> {
        CollectionConfig config = ModelGenerators.collectionConfig(r, 10);
        yield catalog -> {
          CollectionFact made = catalog.createCollection(name, config, 5);
          assertThat(made.uid()).isGreaterThan(model.highestUid);
          assertThat(model.collections).doesNotContainKey(name);
          assertThat(model.aliases).doesNotContainKey(name);
          model.highestUid = made.uid();
          model.collections.put(name, made);
        };
      }
      case 2 ->
          catalog -> {
            CollectionFact fact = model.collections.get(name);
            if (fact != null) {
              catalog.markDropped(fact.uid());
              model.collections.remove(name);
              model.dropped.put(fact.uid(), fact);
              model.aliases.values().removeIf(name::equals);
            }
          };
      case 3 ->
          catalog -> {
            if (!model.dropped.isEmpty()) {
              long uid = model.dropped.firstKey();
              catalog.forget(uid);
              model.dropped.remove(uid);
            }
          };
      case 4, 5 ->
          catalog -> {
            catalog.changeAliases(List.of(new AliasAction.Create(name, other)));
            assertThat(model.collections).containsKey(other).doesNotContainKey(name);
            model.aliases.put(name, other);
          };
      case 6 ->
          catalog -> {
            catalog.changeAliases(List.of(new AliasAction.Rename(name, other)));
            assertThat(model.aliases).containsKey(name);
            model.aliases.put(other, model.aliases.remove(name));
          };
      case 7 -> {
        ConfigBytes config = ConfigBytes.of("x".repeat(r.nextInt(4_000)));
        yield catalog -> {
          SourceFact made = catalog.putSource(name, config);
          SourceFact old = model.sources.put(name, made);
          assertThat(made.config()).isEqualTo(config);
          if (old == null) {
            assertThat(made.epoch()).isGreaterThan(model.highestEpoch);
            model.highestEpoch = made.epoch();
          } else {
            assertThat(made.epoch()).isEqualTo(old.epoch());
          }
        };
      }
      default ->
          catalog -> {
            catalog.removeSource(name);
            model.sources.remove(name);
          };
    };
  }

  @Test
  void a_catalog_says_what_the_model_says_after_any_changes_and_re_opens() {
    Props.forAll(
        60,
        120,
        (r, size) -> new Object[] {r, size},
        drawn -> {
          SplittableRandom r = ((SplittableRandom) drawn[0]).split();
          FaultDisk disk = new FaultDisk();
          Model model = new Model();
          Catalog catalog = Catalog.open(FOLDER, disk);
          for (int i = (Integer) drawn[1]; i > 0; i--) {
            try {
              change(model, r).accept(catalog);
            } catch (Failure.AlreadyExists
                | Failure.NotFound
                | io.millrace.model.BadInput refused) {
              // Neither side changed; the comparison below sees to that.
            }
            assertThat(model.is(catalog.image())).as("change " + i).isTrue();
            if (r.nextInt(10) == 0) {
              catalog.close();
              catalog = Catalog.open(FOLDER, disk);
              assertThat(model.is(catalog.image())).as("opened again at " + i).isTrue();
            }
          }
          catalog.close();
        });
  }

  @Test
  void every_step_from_one_image_to_another_comes_back_from_its_bytes() {
    Props.forAll(
        200,
        30,
        (r, size) -> List.of(image(r, size), image(r, size)),
        images -> {
          byte[] bytes = CatalogCodec.change(images.get(0), images.get(1));
          try {
            assertThat(CatalogCodec.apply(images.get(0), bytes, 0, bytes.length))
                .isEqualTo(images.get(1));
          } catch (java.io.IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static CatalogImage image(SplittableRandom r, int size) {
    TreeMap<String, CollectionFact> collections = new TreeMap<>();
    TreeMap<Long, CollectionFact> dropped = new TreeMap<>();
    TreeMap<String, String> aliases = new TreeMap<>();
    TreeMap<String, SourceFact> sources = new TreeMap<>();
    for (long uid = 1; uid <= size; uid++) {
      String name = "c" + uid % 7;
      CollectionFact fact =
          new CollectionFact(uid, name, ModelGenerators.collectionConfig(r, 5), r.nextLong());
      switch (r.nextInt(5)) {
        case 0 -> collections.put(name, fact);
        case 1 -> dropped.put(uid, fact);
        case 2 -> aliases.put("a" + uid, name);
        case 3 ->
            sources.put(
                name, new SourceFact(name, uid, ConfigBytes.of("é" + uid), r.nextBoolean()));
        default -> {}
      }
    }
    return new CatalogImage(
        "000102030405060708090a0b0c0d0e0f",
        size + 1,
        size + 2,
        collections,
        dropped,
        aliases,
        sources,
        quotas(r));
  }

  private static QuotaConfig quotas(SplittableRandom r) {
    return new QuotaConfig(r.nextBoolean(), percent(r), percent(r), percent(r));
  }

  private static OptionalInt percent(SplittableRandom r) {
    return r.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(1 + r.nextInt(100));
  }

  /// The change that was under way is wholly there or not at all; all before it is.
  @Test
  @Tag("R-04")
  @Tag("R-07")
  void a_crash_or_failure_at_any_call_loses_no_change_that_returned() throws Exception {
    long seed = Long.getLong("props.seed", new SplittableRandom().nextLong());
    int under = 0;
    for (int point = 0; point < 400; point++) {
      String what = "-Dprops.seed=" + seed + " point " + point;
      SplittableRandom r = new SplittableRandom(seed + point);
      FaultDisk disk = new FaultDisk();
      disk.createFolder(FOLDER.getParent());
      Catalog.open(FOLDER, disk).close();
      Model model = new Model();
      int kind = r.nextInt(3); // 0: one call fails, 1: the process is killed, 2: the power goes
      int[] countdown = {1 + r.nextInt(80)};
      FaultDisk[] left = new FaultDisk[1];
      SplittableRandom loss = r.split();
      FaultDisk now = disk;
      disk.failWhen(call -> {
        if (--countdown[0] == 0) {
          left[0] =
              switch (kind) {
                case 0 -> now;
                case 1 -> now.killProcess();
                default -> now.losePower(loss);
              };
          return true;
        }
        return false;
      });
      List<Model> allowed = new ArrayList<>(List.of(model.copy()));
      Catalog catalog = null;
      try {
        catalog = Catalog.open(FOLDER, disk);
        for (int i = 0; i < 60; i++) {
          try {
            change(model, r).accept(catalog);
            allowed = new ArrayList<>(List.of(model.copy()));
          } catch (Failure.AlreadyExists | Failure.NotFound | io.millrace.model.BadInput refused) {
            // Neither side changed.
          }
          if (left[0] != null) {
            break;
          }
        }
      } catch (Failure.Unavailable e) {
        assertThat(left[0]).as(what).isNotNull();
        under++;
      }
      if (kind == 0 && catalog != null && left[0] != null) {
        // The same process goes on, and the failed change is as if it had never been.
        assertThat(model.is(catalog.image())).as(what).isTrue();
        catalog.putSource("after", ConfigBytes.of("x"));
        SourceFact after = catalog.image().sources().get("after");
        model.sources.put("after", after);
        model.highestEpoch = Math.max(model.highestEpoch, after.epoch());
        allowed = new ArrayList<>(List.of(model.copy()));
        left[0] = disk.losePower(loss);
        try (Catalog again = Catalog.open(FOLDER, left[0])) {
          assertThat(allowed.getFirst().is(again.image())).as(what).isTrue();
        }
        continue;
      }
      FaultDisk then = left[0] == null ? disk.losePower(loss) : left[0];
      then.failNever();
      try (Catalog again = Catalog.open(FOLDER, then)) {
        CatalogImage image = again.image();
        boolean asBefore = allowed.getFirst().is(image);
        if (!asBefore) { // then the change under way is there: it differs in one place
          assertThat(left[0]).as(what + ": lost or made up").isNotNull();
          assertThat(differences(allowed.getFirst(), image)).as(what).isBetween(1, 3);
        }
        assertThat(image.nextUid()).as(what).isGreaterThan(model.highestUid);
      }
    }
    assertThat(under).isGreaterThan(150);
  }

  /// Keys whose values are not the same; a dropped collection counts for its name, uid and alias.
  private static int differences(Model model, CatalogImage image) {
    return different(model.collections, image.collections())
        + different(model.dropped, image.dropped())
        + Math.min(1, different(model.aliases, image.aliases()))
        + different(model.sources, image.sources());
  }

  private static <K, V> int different(
      java.util.SortedMap<K, V> one, java.util.SortedMap<K, V> other) {
    java.util.Set<K> keys = new java.util.HashSet<>(one.keySet());
    keys.addAll(other.keySet());
    keys.removeIf(key -> java.util.Objects.equals(one.get(key), other.get(key)));
    return keys.size();
  }
}
