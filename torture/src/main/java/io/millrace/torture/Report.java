package io.millrace.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The result files of a run: `torture.json` and `torture.md`.
final class Report {
  private Report() {}

  static void write(Path folder, Tier tier, List<Verdict> verdicts) {
    try {
      Files.createDirectories(folder);
      Files.writeString(
          folder.resolve("torture.json"),
          "{\"tier\":\"%s\",\"trials\":[%s]}\n"
              .formatted(tier, String.join(",", verdicts.stream().map(Verdict::json).toList())));
      Files.writeString(folder.resolve("torture.md"), markdown(tier, verdicts));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String markdown(Tier tier, List<Verdict> verdicts) {
    var out = new StringBuilder();
    if (!verdicts.isEmpty()) {
      out.append("Tier ").append(tier).append(", seed ").append(verdicts.getFirst().seed());
    }
    out.append(
        "\n\n| Id | Verdict | Cycles | Kills | Changes | In doubt | Points compared | s |\n");
    out.append("|---|---|---|---|---|---|---|---|\n");
    verdicts.forEach(verdict -> out.append(verdict.markdownRow()).append('\n'));
    return out.toString();
  }
}
