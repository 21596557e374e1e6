package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Change;
import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.history.Vectors;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import io.millrace.torture.workload.RestCollections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// T-01: a deleted collection stays deleted. It is filled, deleted, the server is killed before,
/// with or right after the answer; what comes back has to be all of it (only without an answer) or
/// nothing, and a new collection of its name is empty also after one more crash.
final class DroppedCollection implements Trial {
  private static final String NAME = "dropped";
  private static final String PATH = "/collections/" + NAME;
  private static final int POINTS = 300;

  @Override
  public void run(TrialRun run) {
    while (run.goesOn()) {
      String what;
      try (Server server = start(run)) {
        Api api = api(server);
        fill(api);
        what = dropAndKill(run, server, api);
      }
      boolean acknowledged = what.startsWith("acknowledged");
      try (Server server = start(run)) {
        Api api = api(server);
        Answer found = api.get(PATH);
        boolean gone = found.status() == 404;
        if (!gone && acknowledged) {
          run.fault("a collection is back after its acknowledged deletion: " + found.body());
        } else if (!gone && count(api) != POINTS) {
          run.fault("half a collection is back: " + count(api) + " of " + POINTS + " points");
        }
        if (!gone && !api.send("DELETE", PATH, "").isOk()) {
          run.fault("what is back cannot be deleted");
        }
        RestCollections.create(api, NAME, Map.of("", 4));
        run.kill(server);
      }
      try (Server server = start(run)) {
        Api api = api(server);
        if (count(api) != 0) {
          run.fault("a new collection has " + count(api) + " points of its forerunner");
        }
        if (!api.send("DELETE", PATH, "").isOk()) {
          run.fault("the new collection cannot be deleted");
        }
        run.kill(server);
      }
      run.cycleDone(what);
    }
  }

  /// The deletion goes out on a thread of its own, so that the kill can come before its answer.
  private static String dropAndKill(TrialRun run, Server server, Api api) {
    var answers = new ArrayList<Answer>();
    var deleting = new Thread(() -> answers.add(api.send("DELETE", PATH, "")), "delete");
    deleting.start();
    boolean wait = run.draw().percent(50);
    int delay = run.draw().between(0, 30);
    try {
      if (wait) {
        deleting.join(20_000);
      }
      Pause.millis(delay);
      run.kill(server);
      deleting.join(20_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    boolean done = !answers.isEmpty() && answers.getFirst().isOk();
    return (done ? "acknowledged" : "unanswered") + " deletion, killed " + delay + " ms later";
  }

  private static void fill(Api api) {
    RestCollections.create(api, NAME, Map.of("", 4));
    List<PointValue> points = new ArrayList<>();
    for (int id = 0; id < POINTS; id++) {
      points.add(
          new PointValue(
              Integer.toString(id),
              Vectors.unnamed(1f, 2f, 3f, (float) id),
              new Payload("{\"n\":" + id + "}")));
    }
    Answer answer = api.write(NAME, new Change.Upsert(points), true);
    if (!answer.isOk()) {
      throw new IllegalStateException("cannot fill " + NAME + ": " + answer);
    }
  }

  private static long count(Api api) {
    String result = api.send("POST", PATH + "/points/count", "{\"exact\":true}").result();
    return Long.parseLong(RawJson.fields(result).getOrDefault("count", "-1"));
  }

  private static Server start(TrialRun run) {
    return run.start(run.launch("serve", Optional.empty()));
  }

  private static Api api(Server server) {
    return new Api(server.url(), Duration.ofSeconds(20));
  }
}
