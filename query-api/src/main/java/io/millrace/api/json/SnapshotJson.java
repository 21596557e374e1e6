package io.millrace.api.json;

import io.millrace.model.BadInput;
import io.millrace.snapshot.SnapshotFolder;
import io.millrace.snapshot.SnapshotFolder.Description;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/// Snapshots and what they are recovered from.
public final class SnapshotJson {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");

  private SnapshotJson() {}

  /// @param location a URL, or, for shards, perhaps the name of a file
  /// @param checksum 64 hex digits
  /// @param apiKey to show where the location is a server
  public record Recovery(String location, Optional<String> checksum, Optional<String> apiKey) {
    /// Empty for what is no URL.
    public Optional<URI> url() {
      try {
        URI url = new URI(location.replace(" ", "%20"));
        return url.isAbsolute() && !url.isOpaque() ? Optional.of(url) : Optional.empty();
      } catch (URISyntaxException e) {
        return Optional.empty();
      }
    }
  }

  /// `{"location": …, "priority"?: …, "checksum"?: …, "api_key"?: …}`; the priority has no effect
  /// where there is one replica.
  public static Recovery recovery(JsonIn in) {
    return recovery(in, true);
  }

  /// The same for a shard, where the location may be a file's name.
  public static Recovery shardRecovery(JsonIn in) {
    return recovery(in, false);
  }

  private static Recovery recovery(JsonIn in, boolean onlyUrls) {
    String location = null;
    String checksum = null;
    String apiKey = null;
    JsonIn.Fields fields = in.object("struct SnapshotRecover");
    while (fields.next()) {
      switch (fields.name()) {
        case "location" -> location = in.string();
        case "priority" -> checkPriority(in.string());
        case "checksum" -> checksum = in.string();
        case "api_key" -> apiKey = in.string();
        default -> in.skip();
      }
    }
    Recovery recovery =
        new Recovery(
            in.require(location, "location"),
            Optional.ofNullable(checksum),
            Optional.ofNullable(apiKey));
    if (onlyUrls && recovery.url().isEmpty()) {
      throw BadInput.format("relative URL without a base");
    }
    checksumFault(checksum)
        .ifPresent(fault -> in.violations().add(At.BODY.field("checksum"), fault));
    return recovery;
  }

  /// What is wrong with a checksum, if it is given.
  public static Optional<String> checksumFault(@Nullable String checksum) {
    return checksum == null || SnapshotFolder.isChecksum(checksum)
        ? Optional.empty()
        : Optional.of(
            "Validation error: invalid_sha256_hash [{\"value\": String(\""
                + JsonIn.shortened(checksum)
                + "\")}]");
  }

  /// Throws for a priority that does not exist.
  public static void checkPriority(String priority) {
    switch (priority) {
      case "no_sync", "snapshot", "replica" -> {}
      default ->
          throw BadInput.format(
              "unknown variant `"
                  + JsonIn.shortened(priority)
                  + "`, expected one of `no_sync`, `snapshot`, `replica`");
    }
  }

  public static void write(JsonGenerator out, Description snapshot) {
    out.writeStartObject();
    out.writeStringProperty("name", snapshot.name());
    out.writeStringProperty("creation_time", TIME.format(snapshot.created()));
    out.writeNumberProperty("size", snapshot.bytes());
    if (snapshot.checksum().isPresent()) {
      out.writeStringProperty("checksum", snapshot.checksum().get());
    } else {
      out.writeNullProperty("checksum");
    }
    out.writeEndObject();
  }

  public static void write(JsonGenerator out, List<Description> snapshots) {
    out.writeStartArray();
    snapshots.forEach(snapshot -> write(out, snapshot));
    out.writeEndArray();
  }
}
