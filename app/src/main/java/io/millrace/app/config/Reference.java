package io.millrace.app.config;

import java.util.ArrayList;
import java.util.List;

/// The reference file, `config/millrace.yaml`: every key with its default and what it is for, all
/// commented out.
public final class Reference {
  private Reference() {}

  public static String yaml() {
    var out = new StringBuilder();
    out.append(
        """
        # Millrace's configuration: every key with its default. Remove the # before a key and before
        # the sections above it to set it. Order: built in < this file < environment < flags.
        # The environment sets service.http_port by MILLRACE__SERVICE__HTTP_PORT, keys marked
        # (Qdrant) also by QDRANT__SERVICE__HTTP_PORT. `millrace serve --check-config` prints every
        # value and where it comes from. An unknown key stops the start. A running server reads the
        # keys marked (SIGHUP) again after `kill -HUP`; the others need a restart.
        """);
    var open = new ArrayList<String>();
    for (Key<?> key : Keys.all()) {
      List<String> steps = Configuration.steps(key.path());
      List<String> sections = steps.subList(0, steps.size() - 1);
      int same = 0;
      while (same < open.size()
          && same < sections.size()
          && open.get(same).equals(sections.get(same))) {
        same++;
      }
      if (same == 0) {
        out.append('\n');
      }
      for (int i = same; i < sections.size(); i++) {
        out.append('#').append(indent(i)).append(sections.get(i)).append(":\n");
      }
      open.clear();
      open.addAll(sections);
      String indent = indent(sections.size());
      String about = marks(key) + key.about();
      about
          .lines()
          .forEach(line -> out.append("#").append(indent).append("# ").append(line).append('\n'));
      out.append('#').append(indent).append(steps.getLast()).append(':');
      if (!key.builtIn().isEmpty()) {
        out.append(' ').append(key.builtIn());
      }
      out.append('\n');
    }
    Keys.FREE_SECTIONS.forEach((name, example) -> {
      out.append('\n');
      int aboutLines = 1;
      for (String line : example.lines().toList()) {
        out.append(aboutLines-- > 0 ? "## " : "#").append(line).append('\n');
      }
    });
    return out.toString();
  }

  private static String marks(Key<?> key) {
    var marks = new ArrayList<String>();
    if (key.isQdrant()) {
      marks.add("Qdrant");
    }
    if (Keys.LIVE.contains(key)) {
      marks.add("SIGHUP");
    }
    return marks.isEmpty() ? "" : "(" + String.join(", ", marks) + ") ";
  }

  private static String indent(int depth) {
    return "  ".repeat(depth);
  }
}
