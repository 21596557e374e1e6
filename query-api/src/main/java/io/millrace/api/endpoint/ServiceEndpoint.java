package io.millrace.api.endpoint;

import io.millrace.api.json.IssueJson;
import io.millrace.api.slow.Issues;
import io.millrace.api.status.Fault;
import io.millrace.collection.Collection;
import io.millrace.collection.CollectionInfo;
import io.millrace.collection.Collections;
import io.millrace.model.Failure;
import java.time.InstantSource;

/// What concerns the server and no collection.
public final class ServiceEndpoint {
  /// Clients only look whether it has the length of one.
  private static final String COMMIT = "0".repeat(40);

  private final String qdrantVersion;
  private final Collections collections;
  private final Issues issues;
  private final ManyCollections many = new ManyCollections(InstantSource.system());

  public ServiceEndpoint(String qdrantVersion, Collections collections, Issues issues) {
    this.qdrantVersion = qdrantVersion;
    this.collections = collections;
    this.issues = issues;
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

  /// Those of the collections that the caller may see, and of the server for who may see it all.
  public Answer issues(Call call) {
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeName("issues");
      out.writeStartArray();
      for (Issues.UnindexedKey issue : issues.all()) {
        if (call.grant().shows(issue.collection())) {
          IssueJson.write(out, issue);
        }
      }
      if (call.grant().showsAll()) {
        many.since(collections.names().size(), this::points)
            .ifPresent(since -> IssueJson.writeManyCollections(out, since));
      }
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  private long points() {
    long points = 0;
    for (String name : collections.names()) {
      try {
        points +=
            collections.find(name).map(Collection::info).map(CollectionInfo::points).orElse(0L);
      } catch (Failure.NotFound | Failure.Unavailable goneMeanwhile) {
        continue; // counts no more
      }
    }
    return points;
  }

  public Answer clearIssues(Call call) {
    issues.clear();
    many.clear(collections.names().size());
    return Answer.result(true);
  }

  /// Changes of a cluster, which one node cannot make.
  public Answer standalone(Call call) {
    call.serviceDeadline();
    throw Fault.json(405, "Qdrant is running in standalone mode");
  }
}
