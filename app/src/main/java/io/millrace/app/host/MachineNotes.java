package io.millrace.app.host;

import io.millrace.api.metrics.ProcessFacts;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// What of a machine its operator should know before there is much data: told at a start and by
/// `millrace doctor`. None of it keeps a server from starting.
public final class MachineNotes {
  /// Less than this much of the disk makes merges fail, which write before they delete.
  private static final double FREE_SHARE = 0.15;

  private static final long MAPS = 262_144;

  /// What the service of systemd and the image ask for.
  private static final long FILES = 65_536;

  private MachineNotes() {}

  /// @param isRisk whether acknowledged data may be lost by it
  public record Note(boolean isRisk, String where, String text) {}

  public static List<Note> of(Path folder) {
    var notes = new ArrayList<Note>();
    try {
      FileStore store = Files.getFileStore(folder);
      double free = (double) store.getUsableSpace() / Math.max(1, store.getTotalSpace());
      if (free < FREE_SHARE) {
        notes.add(
            new Note(
                false,
                folder.toString(),
                "%.0f %% of its disk is free; merges want 15 %%".formatted(free * 100)));
      }
      if (NetworkFileSystems.isDoubtful(store.type())) {
        notes.add(
            new Note(
                true,
                folder.toString(),
                "lies on " + store.type() + ", where fsync may promise more than is done"));
      }
    } catch (IOException e) {
      notes.add(new Note(false, folder.toString(), "its disk cannot be asked: " + e.getMessage()));
    }
    least(notes, "vm.max_map_count", ProcessFacts.maxMaps(), MAPS);
    least(notes, "open files (ulimit -n)", ProcessFacts.maxOpenFiles(), FILES);
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      notes.add(
          new Note(
              false,
              "java",
              "vector instructions are off; start by the launcher, or with --add-modules"
                  + " jdk.incubator.vector"));
    }
    return notes;
  }

  private static void least(List<Note> notes, String limit, OptionalLong is, long wanted) {
    if (is.isPresent() && is.getAsLong() < wanted) {
      notes.add(
          new Note(
              false, limit, "is " + is.getAsLong() + "; many large collections want " + wanted));
    }
  }
}
