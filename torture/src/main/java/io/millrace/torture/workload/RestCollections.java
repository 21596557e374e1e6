package io.millrace.torture.workload;

import static io.millrace.torture.workload.RestClient.OWNED;
import static io.millrace.torture.workload.RestClient.OWNED_VECTORS;
import static io.millrace.torture.workload.RestClient.SHARED;
import static io.millrace.torture.workload.RestClient.SHARED_VECTORS;

import io.millrace.torture.history.Change;
import io.millrace.torture.history.Event;
import io.millrace.torture.history.Event.Rule;
import io.millrace.torture.history.History;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.history.Which;
import io.millrace.torture.workload.Api.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The two collections that REST clients write to: made, waited for, scanned.
public final class RestCollections {
  private RestCollections() {}

  public static void make(Api api, History history) {
    create(api, OWNED, OWNED_VECTORS);
    history.add(new Event.Made(OWNED, Rule.CLIENTS));
    create(api, SHARED, SHARED_VECTORS);
    history.add(new Event.Made(SHARED, Rule.SHARED));
  }

  /// Deletes a point that never was, and waits: it changes nothing and comes after all that came
  /// before it.
  public static Answer barrier(Api api, String collection) {
    return api.write(collection, new Change.Delete(new Which.Ids(List.of("999999999"))), true);
  }

  public static void scan(Scan scan, int clients) {
    List<Integer> writers = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      writers.add(client);
    }
    scan.all(OWNED, OWNED_VECTORS, writers);
    scan.all(SHARED, SHARED_VECTORS, writers);
  }

  /// Makes a collection with these vectors, or says why not.
  public static void create(Api api, String collection, Map<String, Integer> vectorSizes) {
    Map<String, String> named = new TreeMap<>();
    vectorSizes.forEach((name, size) ->
        named.put(
            name,
            "{\"size\":%d,\"distance\":\"%s\"}"
                .formatted(size, name.equals("b") ? "Euclid" : "Dot")));
    String unnamed = named.get("");
    String vectors = unnamed != null ? unnamed : RawJson.object(named);
    Answer answer = api.send("PUT", "/collections/" + collection, "{\"vectors\":" + vectors + "}");
    if (!answer.isOk()) {
      throw new IllegalStateException("cannot make " + collection + ": " + answer);
    }
  }
}
