package io.millrace.api.endpoint;

import io.millrace.api.status.Fault;
import tools.jackson.core.JsonGenerator;

/// What concerns the server and no collection.
public final class ServiceEndpoint {
  /// Clients only look whether it has the length of one.
  private static final String COMMIT = "0".repeat(40);

  private final String qdrantVersion;

  public ServiceEndpoint(String qdrantVersion) {
    this.qdrantVersion = qdrantVersion;
  }

  public Answer root(Call call) {
    return new Answer.Bare(out -> {
      out.writeStartObject();
      out.writeStringProperty("title", "qdrant - vector search engine");
      out.writeStringProperty("version", qdrantVersion);
      out.writeStringProperty("commit", COMMIT);
      out.writeEndObject();
    });
  }

  public Answer cluster(Call call) {
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeStringProperty("status", "disabled");
      out.writeEndObject();
    });
  }

  public Answer issues(Call call) {
    return new Answer.Result(out -> {
      out.writeStartObject();
      emptyArray(out, "issues");
      out.writeEndObject();
    });
  }

  private static void emptyArray(JsonGenerator out, String name) {
    out.writeName(name);
    out.writeStartArray();
    out.writeEndArray();
  }

  public Answer clearIssues(Call call) {
    return Answer.result(true);
  }

  /// Changes of a cluster, which one node cannot make.
  public Answer standalone(Call call) {
    call.serviceDeadline();
    throw Fault.json(405, "Qdrant is running in standalone mode");
  }
}
