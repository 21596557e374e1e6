package io.millrace.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.Api;
import io.millrace.api.ApiSettings;
import io.millrace.api.Contract;
import io.millrace.api.LocalGateway;
import io.millrace.api.LocalSnapshots;
import io.millrace.api.LocalWork;
import io.millrace.api.SourceControl;
import io.millrace.api.endpoint.Endpoints;
import io.millrace.api.endpoint.SearchPool;
import io.millrace.api.endpoint.SnapshotsEndpoint;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.metrics.Admissions;
import io.millrace.api.metrics.RequestCounts;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collections;
import io.millrace.collection.Snapshots;
import io.millrace.collection.StoreSettings;
import io.opentelemetry.api.trace.TracerProvider;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutesTest {
  @TempDir Path folder;

  @Test
  void every_route_of_the_file_is_served() {
    Set<String> missing = new TreeSet<>();
    try (Collections collections = Collections.open(folder, StoreSettings.defaults());
        SearchPool pool = new SearchPool(1, 1, TracerProvider.noop().get(""), new Admissions())) {
      LocalGateway gateway = new LocalGateway(collections);
      StrictModes strict = new StrictModes(CollectionConfigJson::strictMode, System::nanoTime);
      Router router =
          new Router(
              Routes.of(
                  Endpoints.of(
                      collections,
                      gateway,
                      new LocalWork(collections),
                      SourceControl.NONE,
                      new SnapshotsEndpoint(
                          collections,
                          new LocalSnapshots(
                              new Snapshots(
                                  collections, folder.resolve("snapshots"), Clock.systemUTC())),
                          Optional.empty()),
                      pool,
                      strict,
                      new RequestCounts(),
                      Api.Host.none(),
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

    assertThat(missing).isEmpty();
  }
}
