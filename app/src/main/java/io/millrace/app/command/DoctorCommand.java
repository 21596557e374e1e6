package io.millrace.app.command;

import io.millrace.app.config.BadConfiguration;
import io.millrace.app.config.Configuration;
import io.millrace.app.host.MachineNotes;
import io.millrace.catalog.DataFolder;
import io.millrace.collection.StoreCheck;
import io.millrace.collection.StoreCheck.Finding;
import io.millrace.frame.RealDisk;
import io.millrace.model.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    MachineNotes.of(folder)
        .forEach(note -> findings.add(new Finding(false, note.where(), note.text())));
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
}
