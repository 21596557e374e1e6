package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Event;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import io.millrace.torture.workload.RestClient;
import io.millrace.torture.workload.RestCollections;
import io.millrace.torture.workload.RestLoad;
import io.millrace.torture.workload.Scan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// eight clients write by REST, the server is killed 0.05 to 3 s later and started again, and
/// everything is compared. Every fourth cycle runs as two processes, of which one is killed.
final class RestCrash implements Trial {
  static final int CLIENTS = 8;
  private static final Duration HEAL = Duration.ofSeconds(20);

  @Override
  public void run(TrialRun run) {
    var clients = new ArrayList<RestClient>();
    for (int client = 0; client < CLIENTS; client++) {
      clients.add(new RestClient(client, run.history(), run.draw().split()));
    }
    boolean made = false;
    var servers = new ArrayList<Server>();
    try {
      while (run.goesOn()) {
        boolean split = run.cycle() % 4 == 3;
        if (servers.size() != (split ? 2 : 1)) {
          stopAll(run, servers);
          startAll(run, servers, split);
        }
        Api api = api(servers);
        if (!made) {
          RestCollections.make(api, run.history());
          made = true;
        }
        long after = run.draw().between(50, 3_000);
        var load = RestLoad.start(clients, api);
        Pause.millis(after);
        Server victim = run.draw().of(servers);
        run.kill(victim);
        load.awaitEnd();

        servers.remove(victim);
        servers.add(run.start(run.launch(victim.shape(), Optional.empty())));
        servers.sort((a, b) -> b.shape().compareTo(a.shape())); // query before ingest
        look(run, api(servers));
        run.cycleDone("millrace %s killed after %d ms".formatted(victim.shape(), after));
      }
      stopAll(run, servers);
    } finally {
      servers.forEach(Server::close);
    }
  }

  private static void startAll(TrialRun run, List<Server> servers, boolean split) {
    if (split) {
      Server ingest = run.start(run.launch("ingest", Optional.empty()));
      servers.add(ingest);
      servers.addFirst(run.start(run.launch("query", Optional.empty())));
    } else {
      servers.add(run.start(run.launch("serve", Optional.empty())));
    }
  }

  /// The one that listens comes first.
  private static Api api(List<Server> servers) {
    return new Api(servers.getFirst().url(), Duration.ofSeconds(20));
  }

  /// A waited write in each collection brings everything before it into sight, also after the two
  /// processes have found each other again.
  static void look(TrialRun run, Api api) {
    for (String collection : List.of(RestClient.OWNED, RestClient.SHARED)) {
      Answer[] last = {new Answer(Answer.NONE, "")};
      if (!Pause.until(
          HEAL,
          () -> {
            last[0] = RestCollections.barrier(api, collection);
            return last[0].isOk();
          })) {
        run.history()
            .add(
                new Event.Fault(
                    "no write to %s within %d s after the start: %s"
                        .formatted(collection, HEAL.toSeconds(), last[0])));
      }
    }
    RestCollections.scan(new Scan(api, run.history()), CLIENTS);
  }

  private static void stopAll(TrialRun run, List<Server> servers) {
    for (Server server : servers) {
      if (server.stop(Duration.ofSeconds(10)).orElse(-1) != 0) {
        run.history()
            .add(
                new Event.Fault(
                    "millrace %s does not end with 0 in 10 s after SIGTERM: %s"
                        .formatted(server.shape(), server.lastWords())));
      }
      server.close();
    }
    servers.clear();
  }
}
