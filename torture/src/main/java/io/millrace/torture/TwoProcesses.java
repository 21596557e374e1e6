package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Change;
import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Vectors;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import io.millrace.torture.workload.RestCollections;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `millrace ingest` and `millrace query` over one folder: a write through query that was waited
/// for is in its next read; while ingest is dead, reads go on and writes are refused with 503; when
/// it is back, writes work again and nothing is lost.
final class TwoProcesses implements Trial {
  private static final String NAME = "both";
  private static final int WRITES = 40;
  private static final int READS = 20;
  private static final Duration HEAL = Duration.ofSeconds(10);

  @Override
  public void run(TrialRun run) {
    int written = 0;
    boolean made = false;
    while (run.goesOn()) {
      Server ingest = run.start(run.launch("ingest", Optional.empty()));
      try (Server query = run.start(run.launch("query", Optional.empty()))) {
        Api api = new Api(query.url(), Duration.ofSeconds(20));
        if (!made) {
          RestCollections.create(api, NAME, Map.of("", 4));
          made = true;
        }
        for (int end = written + WRITES; written < end; written++) {
          writeAndRead(run, api, written);
        }
        run.kill(ingest);
        for (int read = 0; read < READS; read++) {
          int id = run.draw().below(written);
          expect(run, "a read while ingest is dead", 200, api.get(path(id)));
        }
        Answer refused = api.write(NAME, point(written), true);
        expect(run, "a write while ingest is dead", 503, refused);
        if (!refused.body().contains("\"error\"")) {
          run.fault("503 without a sentence: " + refused.body());
        }
        ingest = run.start(run.launch("ingest", Optional.empty()));
        if (!Pause.until(HEAL, () -> api.write(NAME, point(0), true).isOk())) {
          run.fault("no write within " + HEAL.toSeconds() + " s after ingest came back");
        }
        writeAndRead(run, api, written++);
        for (int id = 0; id < written; id++) {
          expect(run, "a read after ingest came back", 200, api.get(path(id)));
        }
      } finally {
        ingest.close();
      }
      run.cycleDone(written + " points");
    }
  }

  private static void writeAndRead(TrialRun run, Api api, int id) {
    expect(run, "a write through query", 200, api.write(NAME, point(id), true));
    expect(run, "the read right after a waited write", 200, api.get(path(id)));
  }

  private static void expect(TrialRun run, String what, int status, Answer answer) {
    if (answer.status() != status) {
      run.fault(what + " answered " + answer.status() + " " + answer.body());
    }
  }

  private static String path(int id) {
    return "/collections/" + NAME + "/points/" + id;
  }

  private static Change point(int id) {
    return new Change.Upsert(
        List.of(
            new PointValue(
                Integer.toString(id),
                Vectors.unnamed(1f, 2f, 3f, (float) id),
                new Payload("{\"n\":" + id + "}"))));
  }
}
