package io.millrace.app.link;

import io.millrace.api.WriterWork;
import io.millrace.app.link.wire.Wire;
import io.millrace.collection.Collection;
import io.millrace.meter.MergeLog;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// What the ingest process is at work on, asked over the link.
public final class LinkWork implements WriterWork {
  /// It is a look into memory: a process that takes longer hangs.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final LinkClient link;

  public LinkWork(LinkClient link) {
    this.link = link;
  }

  @Override
  public All all() {
    Wire.Work work = ask(Wire.AskWork.getDefaultInstance());
    var merges = new TreeMap<String, List<MergeLog.Merge>>();
    for (Wire.Merge merge : work.getMergesList()) {
      merges
          .computeIfAbsent(merge.getCollection(), _ -> new ArrayList<>())
          .add(Shapes.merge(merge));
    }
    return new All(work.getJobsList().stream().map(Shapes::job).toList(), merges);
  }

  @Override
  public Merges merges(Collection collection) {
    List<MergeLog.Merge> merges =
        ask(Wire.AskWork.newBuilder().setCollection(collection.name()).build())
            .getMergesList()
            .stream()
            .map(Shapes::merge)
            .toList();
    return new Merges(
        merges.stream().filter(merge -> merge.ended().isEmpty()).toList(),
        merges.stream().filter(merge -> merge.ended().isPresent()).toList());
  }

  private Wire.Work ask(Wire.AskWork question) {
    try {
      return link.call(
              Wire.Request.newBuilder().setAskWork(question).build(), Deadline.in(PATIENCE))
          .getWork();
    } catch (Failure.Unavailable e) {
      throw new Failure.Unavailable(
          "What is at work is known to the ingest process alone, which is not reachable; try again"
              + " later",
          e);
    }
  }
}
