package io.millrace.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.File;
import java.io.FileOutputStream;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The folder tree is the architecture (docs/architecture.md): who may use whom, and where a
/// library may appear. Looks at the main classes of index-core, ingest, query-api and app.
class ArchitectureTest {
  private static final String[] DETERMINISTIC = {
    "io.millrace.log..", "io.millrace.index..", "io.millrace.search.."
  };

  private static JavaClasses ours;

  @BeforeAll
  static void read() {
    ours =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .withImportOption(location -> !location.contains("/bench/"))
            .withImportOption(location -> !location.contains("/torture/"))
            .importPackages("io.millrace");
  }

  /// Lower layers first; each may use those named, and itself. A package that nobody placed here is
  /// an error.
  @Test
  void layers_use_only_what_is_below_them() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .ensureAllClassesAreContainedInArchitecture()
        .withOptionalLayers(true)
        .layer("model")
        .definedBy("io.millrace.model..")
        .layer("meter")
        .definedBy("io.millrace.meter..")
        .layer("json")
        .definedBy("io.millrace.json..")
        .layer("inference")
        .definedBy("io.millrace.inference..")
        .layer("frame")
        .definedBy("io.millrace.frame..")
        .layer("kernel")
        .definedBy("io.millrace.kernel..")
        .layer("payload")
        .definedBy("io.millrace.payload..")
        .layer("log")
        .definedBy("io.millrace.log..")
        .layer("catalog")
        .definedBy("io.millrace.catalog..")
        .layer("codec")
        .definedBy("io.millrace.codec..")
        .layer("index")
        .definedBy("io.millrace.index..")
        .layer("search")
        .definedBy("io.millrace.search..")
        .layer("snapshot")
        .definedBy("io.millrace.snapshot..")
        .layer("collection")
        .definedBy("io.millrace.collection..")
        .layer("ingest")
        .definedBy("io.millrace.ingest..")
        .layer("api")
        .definedBy("io.millrace.api..")
        .layer("app")
        .definedBy("io.millrace.app..")
        .whereLayer("model")
        .mayNotAccessAnyLayer()
        .whereLayer("meter")
        .mayNotAccessAnyLayer()
        .whereLayer("json")
        .mayNotAccessAnyLayer()
        .whereLayer("inference")
        .mayOnlyAccessLayers("model")
        .whereLayer("frame")
        .mayOnlyAccessLayers("model", "meter")
        .whereLayer("kernel")
        .mayOnlyAccessLayers("model", "meter")
        .whereLayer("payload")
        .mayOnlyAccessLayers("model", "meter")
        .whereLayer("log")
        .mayOnlyAccessLayers("model", "meter", "frame")
        .whereLayer("catalog")
        .mayOnlyAccessLayers("model", "meter", "frame")
        .whereLayer("codec")
        .mayOnlyAccessLayers("model", "meter", "kernel")
        .whereLayer("index")
        .mayOnlyAccessLayers("model", "meter", "payload", "log", "codec", "kernel")
        .whereLayer("search")
        .mayOnlyAccessLayers("model", "meter", "payload", "index", "codec", "kernel")
        .whereLayer("snapshot")
        .mayOnlyAccessLayers("model", "meter", "frame", "log", "catalog", "index")
        .whereLayer("ingest")
        .mayOnlyAccessLayers(
            "model", "meter", "json", "inference", "frame", "payload", "catalog", "collection")
        .whereLayer("api")
        .mayOnlyAccessLayers(
            "model", "meter", "json", "inference", "frame", "payload", "snapshot", "collection")
        .whereLayer("app")
        .mayNotBeAccessedByAnyLayer()
        .check(ours);
  }

  /// Nobody outside of index-core opens a log; its entries leave it through the door only.
  @Test
  void the_log_is_reached_from_index_snapshot_and_the_door_only() {
    noClasses()
        .that(
            not(
                resideInAnyPackage(
                    "io.millrace.log..",
                    "io.millrace.index..",
                    "io.millrace.snapshot..",
                    "io.millrace.collection..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.millrace.log..")
        .check(ours);
  }

  @Test
  void packages_of_a_module_have_no_cycles() {
    slices().matching("io.millrace.(*)..").should().beFreeOfCycles().check(ours);
  }

  @Test
  void a_class_is_not_named_for_want_of_a_name() {
    noClasses()
        .should()
        .haveNameMatching(".*(Manager|Helper|Utils?|Impl|Common|Misc)(\\$.*)?")
        .check(ours);
  }

  @Test
  void lucene_stops_at_the_door() {
    noClasses()
        .that()
        .resideInAnyPackage("io.millrace.api..", "io.millrace.ingest..", "io.millrace.app..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.lucene..")
        .check(ours);
  }

  @Test
  void the_core_knows_no_edge() {
    noClasses()
        .that(
            not(
                resideInAnyPackage(
                    "io.millrace.api..", "io.millrace.ingest..", "io.millrace.app..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.camel..", "org.apache.kafka..", "io.undertow..", "java.net.http..")
        .check(ours);
  }

  @Test
  void the_two_edges_keep_to_their_own_libraries() {
    noClasses()
        .that()
        .resideInAPackage("io.millrace.api..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.camel..", "org.apache.kafka..")
        .check(ours);
    noClasses()
        .that()
        .resideInAPackage("io.millrace.ingest..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.undertow..")
        .check(ours);
  }

  @Test
  void kafka_types_stop_at_the_kafka_package() {
    noClasses()
        .that(not(resideInAPackage("io.millrace.ingest.kafka..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.kafka..")
        .check(ours);
  }

  @Test
  void undertow_types_stop_at_the_listener() {
    noClasses()
        .that(not(resideInAPackage("io.millrace.api.http..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.undertow..", "org.xnio..")
        .check(ours);
  }

  /// Elsewhere spans are made, not sent: without a collector the SDK is not loaded.
  @Test
  void the_sdk_of_tracing_stops_at_the_host_package() {
    noClasses()
        .that(not(resideInAPackage("io.millrace.app.host..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.opentelemetry.sdk..", "io.opentelemetry.exporter..")
        .check(ours);
    noClasses()
        .that(
            not(
                resideInAnyPackage(
                    "io.millrace.api..", "io.millrace.ingest..", "io.millrace.app..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.opentelemetry..")
        .check(ours);
  }

  @Test
  void vector_instructions_appear_in_kernel_and_codec_only() {
    noClasses()
        .that(not(resideInAnyPackage("io.millrace.kernel..", "io.millrace.codec..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jdk.incubator.vector..")
        .check(ours);
  }

  @Test
  void generated_messages_are_used_by_their_parents_only() {
    for (String parent : new String[] {"log", "catalog", "app.link", "ingest.record"}) {
      String wire = "io.millrace." + parent + ".wire..";
      noClasses()
          .that(not(resideInAnyPackage("io.millrace." + parent, wire)))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(wire)
          .check(ours);
    }
  }

  /// Applying a log twice gives the same twice: a clock, a deadline or a seed is passed in.
  @Test
  void log_index_and_search_know_no_clock_chance_or_sleep() {
    ArchRule rule =
        noClasses()
            .that()
            .resideInAnyPackage(DETERMINISTIC)
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Clock.class, "systemUTC")
            .orShould()
            .callConstructor(Random.class)
            .orShould()
            .callMethod(Thread.class, "sleep", long.class);
    rule.check(ours);
  }

  /// A pattern of a user must not stop the server; those of the command line and of configuration
  /// are ours.
  @Test
  void backtracking_patterns_are_for_configuration_and_commands_only() {
    noClasses()
        .that(not(resideInAnyPackage("io.millrace.app.config..", "io.millrace.app.command..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.regex..")
        .check(ours);
  }

  @Test
  void libraries_we_do_without_are_absent() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "com.fasterxml.jackson..",
            "com.google.common..",
            "org.springframework..",
            "javax.inject..",
            "jakarta.inject..",
            "org.apache.commons..")
        .check(ours);
  }

  /// Millrace writes to System.out and System.err in commands only; a server logs.
  @Test
  void servers_log_and_do_not_print() {
    noClasses()
        .that(not(resideInAPackage("io.millrace.app.command..")))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(ours);
  }

  /// Beside Lucene's directory, `frame` is where bytes reach a disk: what it does is what the tests
  /// of power loss and full disks know.
  @Test
  void only_frame_and_snapshot_write_files_in_the_core() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.millrace.model..",
            "io.millrace.payload..",
            "io.millrace.log..",
            "io.millrace.catalog..",
            "io.millrace.codec..",
            "io.millrace.index..",
            "io.millrace.search..",
            "io.millrace.collection..")
        .should()
        .callMethodWhere(opensForWriting())
        .orShould()
        .callConstructor(FileOutputStream.class, File.class)
        .orShould()
        .callConstructor(FileOutputStream.class, String.class)
        .check(ours);
  }

  private static DescribedPredicate<JavaMethodCall> opensForWriting() {
    Set<String> writing =
        Set.of("write", "writeString", "newOutputStream", "newBufferedWriter", "copy", "move");
    return DescribedPredicate.describe(
        "a file is written",
        call -> {
          String owner = call.getTargetOwner().getName();
          return (owner.equals("java.nio.file.Files") && writing.contains(call.getName()))
              || (owner.equals("java.nio.channels.FileChannel") && call.getName().equals("open"));
        });
  }

  /// A rule over classes that are not on the class path passes in silence.
  @Test
  void the_rules_see_every_module() {
    for (String module : new String[] {"collection", "ingest", "api", "app"}) {
      assertThat(ours.containPackage("io.millrace." + module)).as(module).isTrue();
    }
    assertThat(ours.size()).isGreaterThan(300);
  }
}
