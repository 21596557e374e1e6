package io.millrace.torture;

import io.millrace.torture.fault.Pause;
import io.millrace.torture.fault.Server;
import io.millrace.torture.history.Change;
import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.history.Vectors;
import io.millrace.torture.history.Which;
import io.millrace.torture.workload.Api;
import io.millrace.torture.workload.Api.Answer;
import io.millrace.torture.workload.RestCollections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// the server is killed inside of a snapshot that is made, restored over its collection or
/// under another name, or inside of a change of aliases. There is the old state or the new one,
/// never something between; what was acknowledged is the new one; every snapshot that is listed can
/// be restored.
///
/// ```
/// state a   the points 0 to 299 marked "a", kept in a snapshot
/// state b   the points 0 to 249 marked "b"
/// ```
final class SnapshotCrash implements Trial {
  private static final String NAME = "shelf";
  private static final String COPY = "copy";
  private static final String NEW = "restored";
  private static final String ALIAS = "shown";
  private static final int POINTS = 300;
  private static final int LEFT = 250;

  private static final String CREATE =
      "{\"create_alias\":{\"collection_name\":\"%s\",\"alias_name\":\"%s\"}}";
  private static final String DELETE = "{\"delete_alias\":{\"alias_name\":\"%s\"}},";

  private enum Act {
    CREATE,
    RESTORE,
    RESTORE_COPY,
    ALIAS
  }

  @Override
  public void run(TrialRun run) {
    while (run.goesOn()) {
      Act act = Act.values()[run.cycle() % Act.values().length];
      String kept;
      String what;
      try (Server server = start(run)) {
        Api api = api(server);
        kept = prepare(api);
        what = actAndKill(run, server, api, act, kept);
      }
      boolean acknowledged = what.startsWith("acknowledged");
      try (Server server = start(run)) {
        Api api = api(server);
        look(run, api, act, acknowledged);
        everySnapshotIsWhole(run, api);
        if (!restore(run, api, NAME, kept).isOk() || !state(api, NAME).equals("a")) {
          run.fault("after a crash inside " + act + " the kept snapshot cannot be restored");
        }
        clear(api);
        run.kill(server);
      }
      run.cycleDone(what);
    }
  }

  /// Makes state a with its snapshot, then state b. Returns the snapshot's name.
  private static String prepare(Api api) {
    RestCollections.create(api, NAME, Map.of("", 4));
    good(upsert(api, "a", POINTS));
    Answer made = api.send("POST", "/collections/" + NAME + "/snapshots?wait=true", "");
    String name = name(made.result());
    good(upsert(api, "b", LEFT));
    List<String> others = new ArrayList<>();
    for (int id = LEFT; id < POINTS; id++) {
      others.add(Integer.toString(id));
    }
    good(api.write(NAME, new Change.Delete(new Which.Ids(others)), true));
    RestCollections.create(api, COPY, Map.of("", 4));
    good(alias(api, CREATE.formatted(NAME, ALIAS)));
    return name;
  }

  private static void good(Answer answer) {
    if (!answer.isOk()) {
      throw new IllegalStateException("cannot prepare: " + answer);
    }
  }

  private static String name(String described) {
    return RawJson.text(RawJson.fields(described).getOrDefault("name", "\"\""));
  }

  private static Answer upsert(Api api, String mark, int points) {
    List<PointValue> values = new ArrayList<>();
    for (int id = 0; id < points; id++) {
      values.add(
          new PointValue(
              Integer.toString(id),
              Vectors.unnamed(1f, 2f, 3f, (float) id),
              new Payload("{\"s\":\"" + mark + "\"}")));
    }
    return api.write(NAME, new Change.Upsert(values), true);
  }

  /// On a thread of its own, so that the kill can come before the answer.
  private static String actAndKill(TrialRun run, Server server, Api api, Act act, String kept) {
    var answers = new ArrayList<Answer>();
    var acting = new Thread(() -> answers.add(act(run, api, act, kept)), "act");
    acting.start();
    boolean wait = run.draw().percent(25);
    int delay = run.draw().between(0, act == Act.ALIAS ? 20 : 250);
    try {
      if (wait) {
        acting.join(20_000);
      }
      Pause.millis(delay);
      run.kill(server);
      acting.join(20_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    boolean done = !answers.isEmpty() && answers.getFirst().isOk();
    return (done ? "acknowledged " : "unanswered ") + act + ", killed " + delay + " ms later";
  }

  private static Answer act(TrialRun run, Api api, Act act, String kept) {
    return switch (act) {
      case CREATE -> api.send("POST", "/collections/" + NAME + "/snapshots?wait=true", "");
      case RESTORE -> restore(run, api, NAME, kept);
      case RESTORE_COPY -> restore(run, api, NEW, kept);
      case ALIAS -> alias(api, DELETE.formatted(ALIAS) + CREATE.formatted(COPY, ALIAS));
    };
  }

  private static void look(TrialRun run, Api api, Act act, boolean acknowledged) {
    String state = state(api, NAME);
    String restored = state(api, NEW);
    switch (act) {
      case CREATE -> {
        expect(run, act, "the collection", state, "b");
        int least = acknowledged ? 2 : 1;
        if (snapshots(api).size() < least) {
          run.fault("an acknowledged snapshot is gone");
        }
      }
      case RESTORE -> expect(run, act, "the collection", state, acknowledged ? "a" : "a or b");
      case RESTORE_COPY -> {
        expect(run, act, "the collection", state, "b");
        expect(run, act, "the new one", restored, acknowledged ? "a" : "a or none");
      }
      case ALIAS -> {
        String now = aliased(api);
        if (acknowledged && !now.equals(COPY) || !now.equals(COPY) && !now.equals(NAME)) {
          run.fault("the alias leads to " + now + (acknowledged ? ", acknowledged" : ""));
        }
      }
    }
  }

  private static void expect(TrialRun run, Act act, String what, String state, String wanted) {
    if (!List.of(wanted.split(" or ")).contains(state)) {
      run.fault("after a crash inside " + act + ", " + what + " is " + state + ", not " + wanted);
    }
  }

  private static void everySnapshotIsWhole(TrialRun run, Api api) {
    for (String name : snapshots(api)) {
      Answer answer = restore(run, api, "checked", name);
      String state = answer.isOk() ? state(api, "checked") : answer.body();
      if (!state.equals("a") && !state.equals("b")) {
        run.fault("the listed snapshot " + name + " is not whole: " + state);
      }
      api.send("DELETE", "/collections/checked", "");
    }
  }

  /// `a`, `b`, `none` where there is no such collection, else the counts.
  private static String state(Api api, String collection) {
    Answer all = count(api, collection, "");
    if (all.status() == 404) {
      return "none";
    }
    String counts =
        all.isOk()
            ? number(all)
                + "/"
                + number(count(api, collection, "a"))
                + "/"
                + number(count(api, collection, "b"))
            : all.body();
    return counts.equals("300/300/0") ? "a" : counts.equals("250/0/250") ? "b" : counts;
  }

  private static Answer count(Api api, String collection, String mark) {
    String filter =
        mark.isEmpty()
            ? ""
            : ",\"filter\":{\"must\":[{\"key\":\"s\",\"match\":{\"value\":\"" + mark + "\"}}]}";
    return api.send(
        "POST", "/collections/" + collection + "/points/count", "{\"exact\":true" + filter + "}");
  }

  private static String number(Answer counted) {
    return RawJson.fields(counted.result()).getOrDefault("count", "?");
  }

  private static Answer restore(TrialRun run, Api api, String as, String name) {
    String file = run.data().resolve("snapshots").resolve(NAME).resolve(name).toUri().toString();
    return api.send(
        "PUT",
        "/collections/" + as + "/snapshots/recover?wait=true",
        "{\"location\":" + RawJson.quote(file) + "}");
  }

  private static List<String> snapshots(Api api) {
    return RawJson.items(api.get("/collections/" + NAME + "/snapshots").result()).stream()
        .map(SnapshotCrash::name)
        .toList();
  }

  private static Answer alias(Api api, String actions) {
    return api.send("POST", "/collections/aliases", "{\"actions\":[" + actions + "]}");
  }

  /// The collection that the alias leads to, `none` where there is no alias.
  private static String aliased(Api api) {
    for (String collection : List.of(NAME, COPY)) {
      String all = api.get("/collections/" + collection + "/aliases").result();
      if (all.contains("\"" + ALIAS + "\"")) {
        return collection;
      }
    }
    return "none";
  }

  private static void clear(Api api) {
    for (String name : snapshots(api)) {
      good(api.send("DELETE", "/collections/" + NAME + "/snapshots/" + name, ""));
    }
    for (String collection : List.of(NAME, COPY, NEW)) {
      good(api.send("DELETE", "/collections/" + collection, ""));
    }
  }

  private static Server start(TrialRun run) {
    return run.start(run.launch("serve", Optional.empty()));
  }

  private static Api api(Server server) {
    return new Api(server.url(), Duration.ofSeconds(30));
  }
}
