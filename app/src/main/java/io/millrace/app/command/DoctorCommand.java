package io.millrace.app.command;

import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import io.millrace.catalog.DataFolder;
import io.millrace.collection.StoreCheck;
import io.millrace.collection.StoreCheck.Finding;
import io.millrace.frame.RealDisk;
import io.millrace.model.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@CommandLine.Command(
    name = "doctor",
    description = {
      "Look through a data folder that no server has, and at this machine, and change nothing.",
      "Exit code 0 if the data is whole, else 1; each finding names its file."
    })
final class DoctorCommand implements Command {
  /// Less than this much of the disk makes merges fail, which write before they delete.
  private static final double FREE_SHARE = 0.15;

  /// File systems over a network, where fsync and locks mean less than they say.
  private static final Set<String> NETWORK = Set.of("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p");

  private static final long MAPS = 262_144;

  @Mixin private Output output = new Output();

  @Option(
      names = {"-d", "--data-dir"},
      paramLabel = "DIR",
      description = "The data folder, default ${DEFAULT-VALUE}.")
  private Path data = Path.of("data");

  @Option(
      names = "--can-open",
      description = "Only say whether this version reads the folder's format.")
  private boolean canOpen;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Also try the brokers of the Kafka sources in this configuration.")
  private Optional<Path> config = Optional.empty();

  @Override
  public Integer call() {
    Path folder = data.toAbsolutePath().normalize();
    List<Finding> findings;
    try {
      if (canOpen) {
        return format(folder);
      }
      findings = new ArrayList<>(StoreCheck.of(folder));
    } catch (Failure failure) {
      throw new CommandFailure(String.valueOf(failure.getMessage()), failure);
    }
    findings.addAll(machine(folder));
    if (config.isPresent()) {
      try {
        findings.addAll(
            Brokers.away(
                Configuration.read(config, System.getenv(), List.of()).settings().sources()));
      } catch (BadConfiguration bad) {
        bad.faults().forEach(fault -> System.err.println("millrace: " + fault));
        return CommandLine.ExitCode.USAGE;
      }
    }
    boolean whole = findings.stream().noneMatch(Finding::damage);
    show(findings, whole);
    return whole ? 0 : CommandLine.ExitCode.SOFTWARE;
  }

  private int format(Path folder) {
    try (var _ = DataFolder.openReadOnly(folder, new RealDisk())) {
      output.print("this version reads " + folder);
      return 0;
    }
  }

  private void show(List<Finding> findings, boolean whole) {
    if (output.isJson()) {
      ObjectNode json = Remote.JSON.createObjectNode();
      json.put("whole", whole);
      ArrayNode list = json.putArray("findings");
      for (Finding finding : findings) {
        list.addObject()
            .put("kind", finding.damage() ? "damage" : "note")
            .put("where", finding.where())
            .put("text", finding.text());
      }
      output.print(json);
      return;
    }
    for (Finding finding : findings) {
      output.print(
          (finding.damage() ? "DAMAGE  " : "note    ") + finding.where() + ": " + finding.text());
    }
    output.print(
        whole
            ? "the data is whole"
            : "the data is damaged; keep a copy of the folder before anything else is done to it");
  }

  private static List<Finding> machine(Path folder) {
    var notes = new ArrayList<Finding>();
    try {
      FileStore store = Files.getFileStore(folder);
      double free = (double) store.getUsableSpace() / Math.max(1, store.getTotalSpace());
      if (free < FREE_SHARE) {
        notes.add(
            new Finding(
                false,
                folder.toString(),
                "%.0f %% of its disk is free; merges want 15 %%".formatted(free * 100)));
      }
      if (NETWORK.contains(store.type())) {
        notes.add(
            new Finding(
                false,
                folder.toString(),
                "lies on " + store.type() + ", where fsync may promise more than is done"));
      }
    } catch (IOException e) {
      notes.add(
          new Finding(false, folder.toString(), "its disk cannot be asked: " + e.getMessage()));
    }
    number(Path.of("/proc/sys/vm/max_map_count"), MAPS)
        .ifPresent(maps ->
            notes.add(
                new Finding(
                    false,
                    "vm.max_map_count",
                    "is " + maps + "; many large collections want " + MAPS)));
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      notes.add(
          new Finding(
              false,
              "java",
              "vector instructions are off; start by the launcher, or with --add-modules"
                  + " jdk.incubator.vector"));
    }
    return notes;
  }

  /// The number in a file of the kernel, if it is below what is wanted. Such a file gives all of
  /// itself to the first read and nothing to the next, so it is read with a buffer.
  private static Optional<Long> number(Path file, long least) {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      long found = Long.parseLong(String.valueOf(lines.readLine()).strip());
      return found < least ? Optional.of(found) : Optional.empty();
    } catch (IOException | NumberFormatException notOfThisSystem) {
      return Optional.empty();
    }
  }
}
