package io.millrace.app.link;

import io.millrace.api.SourceControl;
import io.millrace.app.link.wire.Wire;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.model.Deadline;
import java.time.Duration;

/// The sources of the ingest process, asked over the link.
public final class LinkSources implements SourceControl {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final LinkClient link;
  private final Collections collections;

  /// @param collections of this process, following those of the ingest process
  public LinkSources(LinkClient link, Collections collections) {
    this.link = link;
    this.collections = collections;
  }

  @Override
  public String ask(Question question) {
    String answer =
        link.call(
                Wire.Request.newBuilder().setAskSources(Shapes.question(question)).build(),
                Deadline.in(question.patience().plus(PATIENCE)))
            .getSources()
            .getJson();
    if (question.kind() == Kind.AWAIT) {
      // What is searchable there was published; open it here before anybody is told.
      collections.refreshFromDisk();
      for (String name : collections.names()) {
        collections.find(name).ifPresent(Collection::refresh);
      }
    }
    return answer;
  }
}
