package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Every package says at its door what lives in it, who may call in and what is never there.
class DoorPlateTest {
  private static final List<String> PARTS =
      List.of("**Lives here:**", "**May call in:**", "**Never here:**", "@NullMarked");

  @Test
  void every_package_has_a_door_plate() {
    var packages = new TreeSet<Path>();
    ProjectFiles.java(false).forEach(file -> packages.add(file.getParent()));

    var faults = new ArrayList<String>();
    for (Path folder : packages) {
      Path plate = folder.resolve("package-info.java");
      if (!Files.exists(plate)) {
        faults.add(plate + " is missing");
        continue;
      }
      String text = ProjectFiles.text(plate);
      for (String part : PARTS) {
        if (!text.contains(part)) {
          faults.add(plate + " has no " + part);
        }
      }
      if (!text.startsWith("///")) {
        faults.add(plate + " does not begin with a sentence of ///");
      }
    }

    assertThat(packages).hasSizeGreaterThan(10);
    assertThat(faults).isEmpty();
  }
}
