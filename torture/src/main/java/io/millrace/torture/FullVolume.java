package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.fault.Volume;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import io.millrace.torture.workload.RestCollections;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/// the volume fills up under a writer. Writes are refused with 507, the path and the free
/// bytes; reads go on; nothing acknowledged is lost; writes are taken again within 10 s of space
/// coming back, without a restart, and everything is there after one more kill -9.
final class FullVolume implements Trial {
  private static final String NAME = "full";
  private static final String PATH = "/collections/" + NAME;
  private static final int DIMENSION = 64;
  private static final int BATCH = 50;
  private static final int VOLUME_MB = 160;
  private static final int MOST_BATCHES = 4_000;
  private static final int READS = 40;
  private static final Duration BACK = Duration.ofSeconds(10);

  private int acked; // ids below are acknowledged, all of a batch or none
  private int deleted; // ids below are deleted
  private int doubtful; // ids from `acked` to here may be there

  @Override
  public void run(TrialRun run) {
    while (run.goesOn()) {
      Optional<Volume> mounted = Volume.mount(run.data(), VOLUME_MB);
      if (mounted.isEmpty()) {
        run.cycleDone("skipped, no volume can be mounted here");
        continue;
      }
      acked = 0;
      deleted = 0;
      doubtful = 0;
      try (Volume volume = mounted.get()) {
        run.cycleDone(cycle(run, volume));
      }
    }
  }

  private String cycle(TrialRun run, Volume volume) {
    String what;
    try (Server server = start(run)) {
      Api api = api(server);
      RestCollections.create(api, NAME, Map.of("", DIMENSION));
      for (int i = 0; i < 20; i++) {
        if (!upsert(api).isOk()) {
          run.fault("a write was refused with " + volume.free() + " bytes free");
        }
      }
      volume.fill(run.draw().between(0, 24) << 20);
      Answer refused = untilRefused(api);
      checkRefusal(run, refused, "an upsert");
      volume.fill(0);
      deleteUntilRefused(run, api);
      checkReads(run, api);
      Pause.millis(run.draw().between(0, 3_000));
      checkReads(run, api);
      volume.relieve();
      what = "writable again after " + awaitWritable(run, api) + " ms";
      checkPoints(run, api, "after the space came back");
      run.kill(server);
    }
    try (Server server = start(run)) {
      checkPoints(run, api(server), "after one more start");
      run.kill(server);
    }
    return what + ", " + acked + " points";
  }

  private Answer untilRefused(Api api) {
    Answer answer = upsert(api);
    for (int i = 0; answer.isOk() && i < MOST_BATCHES; i++) {
      answer = upsert(api);
    }
    return answer;
  }

  private void deleteUntilRefused(TrialRun run, Api api) {
    for (int i = 0; i < 100; i++) {
      Answer answer =
          api.send("POST", PATH + "/points/delete?wait=true", "{\"points\":[" + deleted + "]}");
      if (!answer.isOk()) {
        checkRefusal(run, answer, "a delete");
        deleted++; // it may have happened; nobody looks at it any more
        return;
      }
      deleted++;
    }
  }

  private static void checkRefusal(TrialRun run, Answer answer, String what) {
    if (answer.status() != 507
        || !answer.body().contains("No space left to write")
        || !answer.body().contains("bytes are free")) {
      run.fault(what + " on a full volume answered " + answer.status() + ": " + answer.body());
    }
  }

  private static void checkReads(TrialRun run, Api api) {
    int failed = 0;
    String last = "";
    for (int i = 0; i < READS; i++) {
      Answer answer =
          api.send("POST", PATH + "/points/query", "{\"query\":" + vector(i) + ",\"limit\":5}");
      if (!answer.isOk()) {
        failed++;
        last = answer.toString();
      }
    }
    if (failed > 0) {
      run.fault(failed + " of " + READS + " searches failed on a full volume: " + last);
    }
  }

  private long awaitWritable(TrialRun run, Api api) {
    long begin = System.nanoTime();
    while (!upsert(api).isOk()) {
      if (System.nanoTime() - begin > BACK.toNanos()) {
        run.fault("no write is taken " + BACK.toSeconds() + " s after space came back");
        return -1;
      }
      Pause.millis(50);
    }
    return (System.nanoTime() - begin) / 1_000_000;
  }

  /// Sends the next batch. One that was refused is sent again under the same ids.
  private Answer upsert(Api api) {
    var points = new StringJoiner(",", "{\"points\":[", "]}");
    for (int id = acked; id < acked + BATCH; id++) {
      points.add(
          "{\"id\":" + id + ",\"vector\":" + vector(id) + ",\"payload\":{\"n\":" + id + "}}");
    }
    Answer answer = api.send("PUT", PATH + "/points?wait=true", points.toString());
    doubtful = Math.max(doubtful, acked + BATCH);
    if (answer.isOk()) {
      acked += BATCH;
    }
    return answer;
  }

  private void checkPoints(TrialRun run, Api api, String when) {
    int from = deleted;
    while (from < acked) {
      var ids = new StringJoiner(",", "{\"ids\":[", "],\"with_payload\":true}");
      int to = Math.min(acked, from + 500);
      for (int id = from; id < to; id++) {
        ids.add(Integer.toString(id));
      }
      Answer answer = api.send("POST", PATH + "/points", ids.toString());
      int found = answer.isOk() ? RawJson.items(answer.result()).size() : -1;
      if (found != to - from) {
        run.fault(
            "%d of %d acknowledged points from %d on %s: %s"
                .formatted(found, to - from, from, when, answer.isOk() ? "" : answer));
        return;
      }
      from = to;
    }
    String counted = api.send("POST", PATH + "/points/count", "{\"exact\":true}").result();
    long count = Long.parseLong(RawJson.fields(counted).getOrDefault("count", "-1"));
    if (count < acked - deleted || count > Math.max(acked, doubtful) - deleted + 1L) {
      run.fault("count %d %s, %d to %d expected".formatted(count, when, acked - deleted, doubtful));
    }
  }

  private static String vector(int seed) {
    var vector = new StringJoiner(",", "[", "]");
    for (int i = 0; i < DIMENSION; i++) {
      vector.add(Integer.toString((seed * 31 + i * 17) % 101 - 50));
    }
    return vector.toString();
  }

  private static Server start(TrialRun run) {
    return run.start(run.launch("serve", Optional.empty()));
  }

  private static Api api(Server server) {
    return new Api(server.url(), Duration.ofSeconds(20));
  }
}
