package io.millrace.snapshot;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// A snapshot of all collections as one file: a tar of [Archive]s.
///
/// ```
/// entry                       content
/// FORMAT                      "millrace full snapshot 1" and a line feed
/// MANIFEST.json               {"format": 1, "taken_millis": …, "aliases": {"alias": "collection", …},
///                              "collections": [{"name": …, "entry": …, "bytes": …, "sha256": …}, …]}
/// collections/<n>.snapshot …  one archive per collection, n from 0 on, as in the manifest
/// (end)                       two blocks of zeros
/// ```
///
/// Each archive is of its own point in time. `tar xf` gives files that are restored one by one.
public final class FullArchive {
  static final String FORMAT_TEXT = "millrace full snapshot 1\n";

  private FullArchive() {}

  /// What goes in. Used by one thread.
  public static final class Plan {
    private record Named(String name, SnapshotFolder.Member archive) {}

    private final long takenMillis;
    private final List<Named> members = new ArrayList<>();

    public Plan(long takenMillis) {
      this.takenMillis = takenMillis;
    }

    public void add(String collection, SnapshotFolder.Member archive) {
      members.add(new Named(collection, archive));
    }

    public List<Path> files() {
      return members.stream().map(member -> member.archive().file()).toList();
    }

    public long bytes() {
      return members.stream().mapToLong(member -> member.archive().bytes()).sum();
    }

    /// @param aliases alias to collection
    public void write(SortedMap<String, String> aliases, OutputStream out) throws IOException {
      long seconds = takenMillis / 1000;
      byte[] format = FORMAT_TEXT.getBytes(StandardCharsets.US_ASCII);
      Archive.writeEntry(out, Archive.FORMAT, seconds, format);
      Archive.writeEntry(out, Archive.MANIFEST, seconds, manifest(aliases));
      for (int i = 0; i < members.size(); i++) {
        SnapshotFolder.Member member = members.get(i).archive();
        out.write(Tar.header(entry(i), member.bytes(), seconds));
        long copied = Files.copy(member.file(), out);
        if (copied != member.bytes()) {
          throw new IOException(member.file() + " changed while it was copied");
        }
        Archive.pad(out, copied);
      }
      out.write(new byte[2 * Tar.BLOCK]);
    }

    private static String entry(int i) {
      return "collections/" + i + SnapshotFolder.SUFFIX;
    }

    private byte[] manifest(SortedMap<String, String> aliases) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (JsonGenerator out =
          new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
        out.writeStartObject();
        out.writeNumberProperty("format", 1);
        out.writeNumberProperty("taken_millis", takenMillis);
        out.writeName("aliases");
        out.writeStartObject();
        aliases.forEach(out::writeStringProperty);
        out.writeEndObject();
        out.writeName("collections");
        out.writeStartArray();
        for (int i = 0; i < members.size(); i++) {
          out.writeStartObject();
          out.writeStringProperty("name", members.get(i).name());
          out.writeStringProperty("entry", entry(i));
          out.writeNumberProperty("bytes", members.get(i).archive().bytes());
          out.writeStringProperty("sha256", members.get(i).archive().sha256());
          out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
      }
      return bytes.toByteArray();
    }
  }
}
