package io.millrace.api.json;

import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.core.JsonGenerator;

/// What a shard holds, as Qdrant's partial snapshots describe it: segments, their files and the
/// versions of those. Archives of ours are whole, so there is one segment, and all of its parts
/// have the version of the last operation.
///
/// ```json
/// {"7": {"segment_id": "7", "segment_version": 41, "file_versions": {"vector_storage/rows": 41}}}
/// ```
///
/// @param uid of the collection; a restored one has another, and takes everything anew
/// @param version the last operation that readers see; -1 before the first
/// @param vectors names of the dense vectors, the unnamed one is empty
public record ShardManifest(long uid, long version, Set<String> vectors) {
  public ShardManifest {
    vectors = Set.copyOf(vectors);
  }

  public String segment() {
    return Long.toString(uid);
  }

  public void write(JsonGenerator out) {
    out.writeStartObject();
    out.writeName(segment());
    out.writeStartObject();
    out.writeStringProperty("segment_id", segment());
    out.writeNumberProperty("segment_version", Math.max(0, version));
    out.writeName("file_versions");
    out.writeStartObject();
    for (String vector : vectors) {
      writeFile(out, "vector_storage" + (vector.isEmpty() ? "" : "-" + vector));
    }
    writeFile(out, "payload_storage");
    out.writeEndObject();
    out.writeEndObject();
    out.writeEndObject();
  }

  private void writeFile(JsonGenerator out, String folder) {
    out.writeNumberProperty(folder + "/rows", Math.max(0, version));
  }

  /// The version of `segment` in the manifest of a client; empty if it has none of it.
  public static OptionalLong version(JsonIn in, String segment) {
    OptionalLong version = OptionalLong.empty();
    JsonIn.Fields segments = in.object("struct SnapshotManifest");
    while (segments.next()) {
      boolean ours = segments.name().equals(segment);
      JsonIn.Fields fields = in.object("struct SegmentManifest");
      while (fields.next()) {
        if (ours && fields.name().equals("segment_version")) {
          version = OptionalLong.of(in.u64());
        } else {
          in.skip();
        }
      }
    }
    return version;
  }
}
