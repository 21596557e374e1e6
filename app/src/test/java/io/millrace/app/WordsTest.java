package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Words that do not belong into sources, each with what to do instead. They are put together here,
/// so that this file does not hold them.
class WordsTest {
  private static final Map<String, String> EVERYWHERE =
      new TreeMap<>(
          Map.of(
              "FIX" + "ME", "left over, open an issue",
              "TO" + "DO", "finish it or open an issue",
              "HA" + "CK", "say why it is needed",
              "@auth" + "or", "git knows who wrote it",
              "import lom" + "bok", "write a record",
              "import org.mock" + "ito", "use a real part or a small fake",
              "@Dis" + "abled", "repair or delete the test",
              "@Inj" + "ect", "wire by constructors in Wiring"));

  /// The harness prints what it finds; a server logs.
  private static final Map<String, String> IN_THE_PRODUCT =
      Map.of("printStack" + "Trace", "log it once or throw it");

  private static final Map<String, String> IN_TESTS =
      Map.of("Thread.sl" + "eep", "wait for the thing itself, with a deadline");

  @Test
  void sources_hold_no_banned_word() {
    var faults = new ArrayList<String>();
    List<Path> files = ProjectFiles.java(true);
    for (Path file : files) {
      boolean test = file.toString().contains("/src/test/");
      int number = 0;
      for (String line : ProjectFiles.text(file).lines().toList()) {
        number++;
        look(file, number, line, EVERYWHERE, faults);
        if (test) {
          look(file, number, line, IN_TESTS, faults);
        } else if (!file.toString().contains("/torture/")) {
          look(file, number, line, IN_THE_PRODUCT, faults);
        }
      }
    }

    assertThat(files).hasSizeGreaterThan(100);
    assertThat(faults).isEmpty();
  }

  private static void look(
      Path file, int number, String line, Map<String, String> words, List<String> faults) {
    words.forEach((word, instead) -> {
      if (line.contains(word)) {
        faults.add(file + ":" + number + ": error: " + word + " " + instead);
      }
    });
  }
}
