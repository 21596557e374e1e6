package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import io.millrace.torture.workload.RestClient;
import io.millrace.torture.workload.RestCollections;
import io.millrace.torture.workload.RestLoad;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalInt;

/// SIGTERM under full load. The server ends with 0 within 10 s, answers every request that it
/// took, and finds nothing to replay afterwards.
final class GracefulStop implements Trial {
  private static final Duration STOP = Duration.ofSeconds(10);

  @Override
  public void run(TrialRun run) {
    var clients = new ArrayList<RestClient>();
    for (int client = 0; client < RestCrash.CLIENTS; client++) {
      clients.add(new RestClient(client, run.history(), run.draw().split()));
    }
    boolean made = false;
    while (run.goesOn()) {
      try (Server server = run.start(run.launch("serve", Optional.empty()))) {
        var api = new Api(server.url(), Duration.ofSeconds(20));
        if (made) {
          checkNothingReplayed(run, server);
          RestCrash.look(run, api);
        } else {
          RestCollections.make(api, run.history());
          made = true;
        }
        var load = RestLoad.start(clients, api);
        Pause.millis(run.draw().between(200, 2_000));
        long begin = System.nanoTime();
        OptionalInt exit = server.stop(STOP);
        long millis = (System.nanoTime() - begin) / 1_000_000;
        if (exit.isEmpty() || exit.getAsInt() != 0) {
          run.fault("exit " + exit + " after SIGTERM and " + millis + " ms: " + server.lastWords());
          server.kill();
        }
        long unanswered = load.awaitEnd().stream().filter(status -> status == Answer.NONE).count();
        if (unanswered > 0) {
          run.fault(unanswered + " requests without an answer while the server stopped");
        }
        run.cycleDone("stopped in " + millis + " ms");
      }
    }
    try (Server server = run.start(run.launch("serve", Optional.empty()))) {
      checkNothingReplayed(run, server);
      RestCrash.look(run, new Api(server.url(), Duration.ofSeconds(20)));
    }
  }

  private static void checkNothingReplayed(TrialRun run, Server server) {
    for (String line : server.output().split("\n")) {
      if (line.contains("log replayed") && !line.contains("operations=0")) {
        run.fault("a stop in order left something to replay: " + line);
      }
    }
  }
}
