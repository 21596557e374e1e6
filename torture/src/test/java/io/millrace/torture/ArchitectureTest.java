package io.millrace.torture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.millrace.torture");

  @Test
  void nothing_of_the_server_is_used() {
    noClasses()
        .should()
        .dependOnClassesThat(
            com.tngtech.archunit.base.DescribedPredicate.describe(
                "are ours and outside of torture",
                type ->
                    type.getPackageName().startsWith("io.millrace")
                        && !type.getPackageName().startsWith("io.millrace.torture")))
        .check(OURS);
  }

  @Test
  void the_checker_knows_nothing_but_the_history() {
    noClasses()
        .that()
        .resideInAPackage("..checker..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..workload..", "..fault..", "java.net..", "org.apache..")
        .check(OURS);
  }

  @Test
  void packages_have_no_cycles() {
    slices().matching("io.millrace.torture.(*)..").should().beFreeOfCycles().check(OURS);
  }
}
