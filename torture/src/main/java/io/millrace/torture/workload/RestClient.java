package io.millrace.torture.workload;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.History;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.history.Which;
import io.millrace.torture.workload.Api.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/// One client of the REST API: sends a change, waits for the answer, sends the next. Most changes
/// are to points of its own, some to points that all clients write. It reads what it has written
/// now and then. It stops when it gets no answer, or one that leaves the effect in doubt.
public final class RestClient {
  public static final String OWNED = "owned";
  public static final String SHARED = "shared";

  /// Vectors of the two collections, by name.
  public static final Map<String, Integer> OWNED_VECTORS = Map.of("", 4);

  public static final Map<String, Integer> SHARED_VECTORS = Map.of("a", 4, "b", 3);

  private static final int OWN_IDS = 150;
  private static final int SHARED_WRITER = 90;
  private static final int SHARED_IDS = 40;

  private final int client;
  private final History history;
  private final Draw draw;
  private final ChangeMix mix;
  private int sharedNumber; // thread of the client only
  private volatile long answered; // written by the thread of the client only

  public RestClient(int client, History history, Draw draw) {
    this.client = client;
    this.history = history;
    this.draw = draw;
    this.mix = new ChangeMix(draw, client, OWN_IDS, OWNED_VECTORS, 1);
  }

  /// Works until told to stop, or until an answer stays out. Returns the last status.
  public int work(Api api, AtomicBoolean stop) {
    int status = 200;
    while (!stop.get() && isClear(status)) {
      status = draw.percent(15) ? writeShared(api) : writeOwn(api);
    }
    return status;
  }

  /// Changes that were acknowledged so far.
  public long answered() {
    return answered;
  }

  private static boolean isClear(int status) {
    return status == 200 || status >= 400 && status < 500 && status != 408;
  }

  private int writeOwn(Api api) {
    Change change = mix.next();
    boolean wait = draw.percent(60);
    Answer answer = write(api, OWNED, change, wait);
    if (answer.isOk() && wait && draw.percent(12)) {
      return read(api, draw.percent(15) ? mix.mine() : mix.lookAt(change));
    }
    return answer.status();
  }

  /// Whole points, or their deletion: the only changes whose outcome does not depend on an order
  /// that nobody sees.
  private int writeShared(Api api) {
    sharedNumber++;
    String id = Values.id(SHARED_WRITER, draw.below(SHARED_IDS));
    Change change =
        draw.percent(25)
            ? new Change.Delete(new Which.Ids(List.of(id)))
            : new Change.Upsert(
                List.of(Values.point(draw, id, SHARED_VECTORS, client, sharedNumber)));
    return write(api, SHARED, change, draw.percent(60)).status();
  }

  private Answer write(Api api, String collection, Change change, boolean wait) {
    long op = history.nextOp();
    history.add(new Event.Sent(op, client, collection, change));
    Answer answer =
        draw.percent(10)
            ? api.batch(collection, change, wait)
            : api.write(collection, change, wait);
    history.add(new Event.Answered(op, answer.status(), answer.isOk() ? "" : answer.body()));
    answered += answer.isOk() ? 1 : 0;
    return answer;
  }

  private int read(Api api, Which which) {
    Map<String, String> body = new LinkedHashMap<>();
    body.put("with_payload", "true");
    body.put("with_vector", "true");
    Answer answer =
        switch (which) {
          case Which.Ids(var ids) -> {
            body.put("ids", "[" + String.join(",", ids) + "]");
            yield api.send("POST", "/collections/" + OWNED + "/points", RawJson.object(body));
          }
          case Which.Where where -> {
            body.put("filter", where.filter());
            body.put("limit", Integer.toString(OWN_IDS + 1));
            yield api.send(
                "POST", "/collections/" + OWNED + "/points/scroll", RawJson.object(body));
          }
        };
    if (answer.isOk()) {
      String points =
          switch (which) {
            case Which.Ids ids -> answer.result();
            case Which.Where where -> RawJson.fields(answer.result()).getOrDefault("points", "[]");
          };
      history.add(
          new Event.Seen(
              client,
              OWNED,
              which,
              RawJson.items(points).stream().map(PointValue::parse).toList()));
    } else if (answer.status() >= 400 && answer.status() != 503) {
      history.add(new Event.Fault("a read answered " + answer.status() + ": " + answer.body()));
    }
    return answer.status();
  }
}
