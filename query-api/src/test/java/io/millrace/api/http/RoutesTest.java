package io.millrace.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.ApiSettings;
import io.millrace.api.Contract;
import io.millrace.api.LocalGateway;
import io.millrace.api.SourceControl;
import io.millrace.api.endpoint.Endpoints;
import io.millrace.api.endpoint.SearchPool;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutesTest {
  @TempDir Path folder;

  /// Which routes of Qdrant's file there are not: a route that is added leaves the list, and none
  /// may come.
  @Test
  void every_route_of_the_file_is_served_but_for_these() {
    Set<String> missing = new TreeSet<>();
    try (Collections collections = Collections.open(folder, StoreSettings.defaults());
        SearchPool pool = new SearchPool(1, 1)) {
      LocalGateway gateway = new LocalGateway(collections);
      StrictModes strict = new StrictModes(CollectionConfigJson::strictMode, System::nanoTime);
      Router router =
          new Router(
              Routes.of(
                  Endpoints.of(
                      collections,
                      gateway,
                      SourceControl.NONE,
                      pool,
                      strict,
                      new RequestCounts(),
                      ApiSettings.defaults())));
      Set<String> probes = Set.of("/healthz", "/livez", "/readyz");
      new Contract()
          .paths()
          .forEachEntry((template, methods) -> {
            for (String method : methods.propertyNames()) {
              String verb = method.toUpperCase(Locale.ROOT);
              if (!probes.contains(template) && router.find(verb, template).isEmpty()) {
                missing.add(verb + " " + template);
              }
            }
          });
    }

    String c = "/collections/{collection_name}";
    String shard = c + "/shards/{shard_id}";
    assertThat(missing)
        .containsExactlyInAnyOrder(
            "DELETE /snapshots/{snapshot_name}",
            "DELETE " + c + "/snapshots/{snapshot_name}",
            "DELETE " + shard + "/snapshots/{snapshot_name}",
            "GET /snapshots",
            "GET /snapshots/{snapshot_name}",
            "GET " + c + "/snapshots",
            "GET " + c + "/snapshots/{snapshot_name}",
            "GET " + shard + "/snapshot",
            "GET " + shard + "/snapshots",
            "GET " + shard + "/snapshots/{snapshot_name}",
            "POST /snapshots",
            "POST " + c + "/snapshots",
            "POST " + c + "/snapshots/upload",
            "POST " + shard + "/snapshots",
            "POST " + shard + "/snapshots/upload",
            "PUT " + c + "/snapshots/recover",
            "PUT " + shard + "/snapshots/recover");
  }
}
