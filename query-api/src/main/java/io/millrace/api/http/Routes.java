package io.millrace.api.http;

import static io.millrace.api.auth.Access.ANY;
import static io.millrace.api.auth.Access.FREE;
import static io.millrace.api.auth.Access.MANAGE;
import static io.millrace.api.auth.Access.READ;
import static io.millrace.api.auth.Access.READ_WHOLE;
import static io.millrace.api.auth.Access.WRITE;
import static io.millrace.api.auth.Access.WRITE_WHOLE;

import io.millrace.api.auth.Access;
import io.millrace.api.dialect.GoVector;
import io.millrace.api.endpoint.CollectionsEndpoint;
import io.millrace.api.endpoint.Endpoint;
import io.millrace.api.endpoint.Endpoints;
import io.millrace.api.endpoint.FacetEndpoint;
import io.millrace.api.endpoint.IngestEndpoint;
import io.millrace.api.endpoint.InsideEndpoint;
import io.millrace.api.endpoint.NamedVectorsEndpoint;
import io.millrace.api.endpoint.PointsEndpoint;
import io.millrace.api.endpoint.QueryEndpoint;
import io.millrace.api.endpoint.SearchEndpoint;
import io.millrace.api.endpoint.ServiceEndpoint;
import io.millrace.api.endpoint.SnapshotsEndpoint;
import io.millrace.api.http.Router.Route;
import io.millrace.api.json.UpdateJson;
import java.util.ArrayList;
import java.util.List;

/// The table of all routes. Probes are not in it: the listener answers them itself.
final class Routes {
  private static final String COLLECTION = "/collections/{collection_name}";
  private static final String SHARD = COLLECTION + "/shards/{shard_id}";
  private static final String POINTS = COLLECTION + "/points";

  private final List<Route> routes = new ArrayList<>();
  private final GoVector goVector;

  private Routes(GoVector goVector) {
    this.goVector = goVector;
  }

  static List<Route> of(Endpoints all) {
    Routes routes = new Routes(all.goVector());
    routes.service(all);
    routes.collections(all.collections(), all.service());
    routes.inside(all.inside());
    routes.points(all.points());
    routes.reads(all.search(), all.facets());
    routes.queries(all.query());
    routes.ingest(all.ingest());
    routes.snapshots(all.snapshots());
    return List.copyOf(routes.routes);
  }

  private void service(Endpoints all) {
    ServiceEndpoint service = all.service();
    add("GET", "/", FREE, service::root);
    add("GET", "/dashboard", FREE, all.console()::page);
    add("GET", "/dashboard/{file}", FREE, all.console()::file);
    add("GET", "/dashboard/{folder}/{file}", FREE, all.console()::file);
    add("GET", "/status", READ, all.status()::status);
    add("GET", "/jobs", READ, all.status()::jobs);
    add("GET", "/jobs/{id}", READ, all.status()::job);
    add("GET", "/telemetry", ANY, all.telemetry()::telemetry);
    add("GET", "/cluster/telemetry", ANY, all.telemetry()::cluster);
    add("GET", "/metrics", READ, all.metrics()::metrics);
    add("GET", "/cluster", READ, service::cluster);
    add("POST", "/cluster/recover", MANAGE, service::standalone);
    add("DELETE", "/cluster/peer/{peer_id}", MANAGE, service::standalone);
    add("GET", "/cluster/metadata/keys", READ, service::standalone);
    add("GET", "/cluster/metadata/keys/{key}", READ, service::standalone);
    add("PUT", "/cluster/metadata/keys/{key}", MANAGE, service::standalone);
    add("DELETE", "/cluster/metadata/keys/{key}", MANAGE, service::standalone);
    add("GET", "/quotas", READ, all.quotas()::show);
    add("PUT", "/quotas", MANAGE, all.quotas()::change);
    add("GET", "/issues", ANY, service::issues);
    add("DELETE", "/issues", MANAGE, service::clearIssues);
    add("GET", "/logger", READ, all.logger()::show);
    add("POST", "/logger", MANAGE, all.logger()::change);
    add("POST", "/collections", MANAGE, all.goVector()::create);
  }

  private void inside(InsideEndpoint inside) {
    add("GET", COLLECTION + "/optimizations", READ, inside::optimizations);
    add("GET", COLLECTION + "/memory", READ, inside::memory);
  }

  private void collections(CollectionsEndpoint collections, ServiceEndpoint service) {
    add("GET", "/collections", ANY, collections::list);
    add("GET", COLLECTION, READ, collections::info);
    add("PUT", COLLECTION, MANAGE, collections::create);
    add("PATCH", COLLECTION, MANAGE, collections::update);
    add("DELETE", COLLECTION, MANAGE, collections::drop);
    add("GET", COLLECTION + "/exists", READ, collections::exists);
    add("POST", "/collections/aliases", MANAGE, collections::changeAliases);
    add("GET", "/aliases", ANY, collections::aliases);
    add("GET", COLLECTION + "/aliases", READ, collections::aliasesOf);
    NamedVectorsEndpoint vectors = collections.namedVectors();
    add("PUT", COLLECTION + "/vectors/{vector_name}", WRITE_WHOLE, vectors::create);
    add("DELETE", COLLECTION + "/vectors/{vector_name}", WRITE_WHOLE, vectors::drop);
    add("PUT", COLLECTION + "/index", WRITE_WHOLE, collections::createIndex);
    add("DELETE", COLLECTION + "/index/{field_name}", WRITE_WHOLE, collections::dropIndex);
    add("GET", COLLECTION + "/cluster", READ, collections::cluster);
    add("POST", COLLECTION + "/cluster", MANAGE, service::standalone);
    add("GET", COLLECTION + "/shards", READ, collections::shardKeys);
    add("PUT", COLLECTION + "/shards", MANAGE, service::standalone);
    add("POST", COLLECTION + "/shards/delete", MANAGE, service::standalone);
  }

  private void points(PointsEndpoint points) {
    add("PUT", POINTS, WRITE, points.update(UpdateJson::upsert));
    add("POST", POINTS, READ, points::retrieve);
    add("GET", POINTS + "/{id}", READ, points::one);
    add("POST", POINTS + "/delete", WRITE, points.update(UpdateJson::delete));
    add("PUT", POINTS + "/vectors", WRITE, points.update(UpdateJson::updateVectors));
    add("POST", POINTS + "/vectors/delete", WRITE, points.update(UpdateJson::deleteVectors));
    add("POST", POINTS + "/payload", WRITE, points.update(UpdateJson::setPayload));
    add("PUT", POINTS + "/payload", WRITE, points.update(UpdateJson::overwritePayload));
    add("POST", POINTS + "/payload/delete", WRITE, points.update(UpdateJson::deletePayload));
    add("POST", POINTS + "/payload/clear", WRITE, points.update(UpdateJson::clearPayload));
    add("POST", POINTS + "/batch", WRITE, points::batch);
  }

  private void reads(SearchEndpoint search, FacetEndpoint facets) {
    add("POST", POINTS + "/scroll", READ, search::scroll);
    add("POST", POINTS + "/count", READ, search::count);
    add("POST", COLLECTION + "/facet", READ, facets::facet);
  }

  private void queries(QueryEndpoint query) {
    add("POST", POINTS + "/query", READ, query::query);
    add("POST", POINTS + "/query/batch", READ, query::queryBatch);
    add("POST", POINTS + "/query/groups", READ, query::queryGroups);
    add("POST", POINTS + "/search", READ, query::search);
    add("POST", POINTS + "/search/batch", READ, query::searchBatch);
    add("POST", POINTS + "/search/groups", READ, query::searchGroups);
    add("POST", POINTS + "/recommend", READ, query::recommend);
    add("POST", POINTS + "/recommend/batch", READ, query::recommendBatch);
    add("POST", POINTS + "/recommend/groups", READ, query::recommendGroups);
    add("POST", POINTS + "/discover", READ, query::discover);
    add("POST", POINTS + "/discover/batch", READ, query::discoverBatch);
    add("POST", POINTS + "/search/matrix/pairs", READ, query::matrixPairs);
    add("POST", POINTS + "/search/matrix/offsets", READ, query::matrixOffsets);
  }

  private void ingest(IngestEndpoint ingest) {
    String source = "/ingest/sources/{source}";
    add("GET", "/ingest/sources", READ, ingest::list);
    add("GET", source, READ, ingest::describe);
    add("PUT", source, MANAGE, ingest::put);
    add("DELETE", source, MANAGE, ingest::delete);
    add("POST", source + "/pause", MANAGE, ingest::pause);
    add("POST", source + "/resume", MANAGE, ingest::resume);
    add("POST", source + "/reset", MANAGE, ingest::reset);
    add("GET", "/ingest/wait", READ, ingest::await);
    add("POST", "/ingest/validate", READ, ingest::tryRecord);
    add("GET", "/ingest/dead-letters", READ, ingest::deadLetters);
    add("GET", "/ingest/dead-letters/{id}", READ, ingest::deadLetters);
    add("POST", "/ingest/dead-letters/replay", MANAGE, ingest::replay);
    add("POST", "/ingest/dead-letters/purge", MANAGE, ingest::purge);
  }

  private void snapshots(SnapshotsEndpoint snapshots) {
    String all = "/snapshots";
    String one = "/snapshots/{snapshot_name}";
    add("GET", COLLECTION + all, READ_WHOLE, snapshots::list);
    add("POST", COLLECTION + all, WRITE_WHOLE, snapshots::create);
    add("GET", COLLECTION + one, READ_WHOLE, snapshots::download);
    add("DELETE", COLLECTION + one, WRITE_WHOLE, snapshots::delete);
    add("PUT", COLLECTION + "/snapshots/recover", MANAGE, snapshots::recover);
    add("POST", COLLECTION + "/snapshots/upload", MANAGE, snapshots::upload);

    add("GET", SHARD + "/snapshot", WRITE_WHOLE, snapshots::streamShard);
    add("GET", SHARD + all, READ_WHOLE, snapshots::listShard);
    add("POST", SHARD + all, WRITE_WHOLE, snapshots::createShard);
    add("GET", SHARD + one, READ_WHOLE, snapshots::downloadShard);
    add("DELETE", SHARD + one, WRITE_WHOLE, snapshots::deleteShard);
    add("PUT", SHARD + "/snapshots/recover", MANAGE, snapshots::recoverShard);
    add("POST", SHARD + "/snapshots/upload", MANAGE, snapshots::uploadShard);
    String partial = SHARD + "/snapshot/partial";
    add("GET", partial + "/manifest", READ_WHOLE, snapshots::shardManifest);
    add("POST", partial + "/create", WRITE_WHOLE, snapshots::streamNewerShard);
    add("POST", partial + "/recover", MANAGE, snapshots::uploadShard);

    add("GET", all, READ, snapshots::listFull);
    add("POST", all, MANAGE, snapshots::createFull);
    add("GET", one, READ, snapshots::downloadFull);
    add("DELETE", one, MANAGE, snapshots::deleteFull);
  }

  private void add(String method, String template, Access access, Endpoint endpoint) {
    routes.add(new Route(method, template, access, goVector.over(method, template, endpoint)));
  }
}
