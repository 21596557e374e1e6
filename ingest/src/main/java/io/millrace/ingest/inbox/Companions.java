package io.millrace.ingest.inbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Files that belong to a NumPy array and travel with it: `x.ids.npy` and `x.payload.ndjson` beside
/// `x.npy`. They are taken before the array, which is dropped last, and put away after it.
final class Companions {
  static final String IDS = ".ids.npy";
  static final String PAYLOADS = ".payload.ndjson";

  private Companions() {}

  static boolean isOne(String name) {
    return name.endsWith(IDS) || name.endsWith(PAYLOADS);
  }

  private static String stem(Path array) {
    String name = array.getFileName().toString();
    return name.endsWith(".npy") ? name.substring(0, name.length() - ".npy".length()) : name;
  }

  /// Where a companion of an array in `work` stands.
  static Path inWork(Path array, String ending) {
    return array.resolveSibling(stem(array) + ending);
  }

  /// Moves those that are there from beside one array to beside another. May run again after a
  /// crash at any of its steps.
  static void move(Path fromArray, Path toArray) throws IOException {
    if (!fromArray.getFileName().toString().endsWith(".npy")) {
      return;
    }
    for (String ending : new String[] {IDS, PAYLOADS}) {
      Path from = inWork(fromArray, ending);
      if (Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
        Files.move(from, inWork(toArray, ending), StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }
}
