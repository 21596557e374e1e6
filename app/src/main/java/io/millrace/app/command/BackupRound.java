package io.millrace.app.command;

import io.millrace.app.backup.Backups;
import io.millrace.model.Failure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// A backup of one collection or of each: takes a snapshot at the server, copies what the target
/// does not have, deletes the snapshot. What it made is printed; the exit code is 1 when a
/// collection got no backup.
final class BackupRound {
  /// What is backed up, and how much of it stays.
  static final class Scope {
    @Option(
        names = {"-c", "--collection"},
        paramLabel = "NAME",
        description = "Collection or alias; default: each collection.")
    Optional<String> collection = Optional.empty();

    @Option(
        names = "--keep",
        paramLabel = "N",
        description = "Delete all but the newest N of the collection after.")
    Optional<Integer> keep = Optional.empty();
  }

  private final String command;
  private final Remote remote;
  private final Output output;

  /// @param command its words on the command line, before what went wrong
  BackupRound(String command, Remote remote, Output output) {
    this.command = command;
    this.remote = remote;
    this.output = output;
  }

  /// @param target a folder or `s3://bucket/prefix`
  /// @param collection name or alias; empty = each collection
  /// @param keep how many backups of a collection stay; empty = all
  int run(String target, Optional<String> collection, Optional<Integer> keep) {
    if (keep.isPresent() && keep.get() < 1) {
      throw CommandFailure.misuse("--keep must be 1 or more");
    }
    return BackupCommand.with(target, () -> takeAll(target, collection, keep));
  }

  private int takeAll(String target, Optional<String> collection, Optional<Integer> keep)
      throws IOException {
    List<String> names = new ArrayList<>();
    if (collection.isPresent()) {
      names.add(collection.get());
    } else {
      for (JsonNode each : remote.result("GET", "/collections", "").path("collections")) {
        names.add(each.path("name").asString());
      }
    }
    Backups backups = new Backups(BackupCommand.store(target));
    ArrayNode all = Remote.JSON.createArrayNode();
    var table = new Table("collection", "time", "files", "new", "bytes", "new bytes");
    List<String> faults = new ArrayList<>();
    for (String name : names) {
      Backups.Taken taken;
      try {
        taken = take(backups, name);
        if (keep.isPresent()) {
          backups.retain(name, keep.get());
        }
      } catch (IOException | Failure | CommandFailure failed) { // the others are backed up
        faults.add("no backup of " + name + ": " + failed.getMessage());
        continue;
      }
      table.row(
          name, taken.time(), taken.files(), taken.sentFiles(), taken.bytes(), taken.sentBytes());
      all.addObject()
          .put("collection", name)
          .put("time", taken.time())
          .put("files", taken.files())
          .put("new_files", taken.sentFiles())
          .put("bytes", taken.bytes())
          .put("new_bytes", taken.sentBytes());
    }
    if (output.isJson()) {
      output.print(all);
    } else {
      output.print(table);
    }
    faults.addAll(backups.list().unreadable());
    return BackupCommand.told(command, faults);
  }

  private Backups.Taken take(Backups backups, String name) throws IOException {
    String path = "/collections/" + Remote.step(name) + "/snapshots";
    JsonNode made = SnapshotCommand.take(remote, name);
    String snapshot = path + "/" + Remote.step(made.path("name").asString());
    try {
      return backups.take(
          made.path("size").longValue(), (from, bytes) -> remote.range(snapshot, from, bytes));
    } finally {
      remote.result("DELETE", snapshot, "");
    }
  }
}
