package io.millrace.api.http;

import static io.millrace.api.auth.Access.ANY;
import static io.millrace.api.auth.Access.FREE;
import static io.millrace.api.auth.Access.MANAGE;
import static io.millrace.api.auth.Access.READ;
import static io.millrace.api.auth.Access.WRITE;
import static io.millrace.api.auth.Access.WRITE_WHOLE;

import io.millrace.api.auth.Access;
import io.millrace.api.endpoint.CollectionsEndpoint;
import io.millrace.api.endpoint.Endpoint;
import io.millrace.api.endpoint.FacetEndpoint;
import io.millrace.api.endpoint.IngestEndpoint;
import io.millrace.api.endpoint.NamedVectorsEndpoint;
import io.millrace.api.endpoint.PointsEndpoint;
import io.millrace.api.endpoint.QueryEndpoint;
import io.millrace.api.endpoint.SearchEndpoint;
import io.millrace.api.endpoint.ServiceEndpoint;
import io.millrace.api.http.Router.Route;
import io.millrace.api.json.UpdateJson;
import java.util.ArrayList;
import java.util.List;

/// The table of all routes. Probes are not in it: the listener answers them itself.
final class Routes {
  private static final String COLLECTION = "/collections/{collection_name}";
  private static final String POINTS = COLLECTION + "/points";

  private final List<Route> routes = new ArrayList<>();

  private Routes() {}

  static List<Route> of(
      ServiceEndpoint service,
      CollectionsEndpoint collections,
      PointsEndpoint points,
      SearchEndpoint search,
      QueryEndpoint query,
      FacetEndpoint facets,
      IngestEndpoint ingest) {
    Routes r = new Routes();
    r.add("GET", "/", FREE, service::root);
    r.add("GET", "/telemetry", READ, service::telemetry);
    r.add("GET", "/metrics", READ, service::metrics);
    r.add("GET", "/cluster", READ, service::cluster);
    r.add("POST", "/cluster/recover", MANAGE, service::standalone);
    r.add("DELETE", "/cluster/peer/{peer_id}", MANAGE, service::standalone);
    r.add("GET", "/quotas", READ, service::quotas);
    r.add("GET", "/issues", ANY, service::issues);
    r.add("DELETE", "/issues", MANAGE, service::clearIssues);

    r.add("GET", "/collections", ANY, collections::list);
    r.add("GET", COLLECTION, READ, collections::info);
    r.add("PUT", COLLECTION, MANAGE, collections::create);
    r.add("PATCH", COLLECTION, MANAGE, collections::update);
    r.add("DELETE", COLLECTION, MANAGE, collections::drop);
    r.add("GET", COLLECTION + "/exists", READ, collections::exists);
    r.add("POST", "/collections/aliases", MANAGE, collections::changeAliases);
    r.add("GET", "/aliases", ANY, collections::aliases);
    r.add("GET", COLLECTION + "/aliases", READ, collections::aliasesOf);
    NamedVectorsEndpoint vectors = collections.namedVectors();
    r.add("PUT", COLLECTION + "/vectors/{vector_name}", MANAGE, vectors::create);
    r.add("DELETE", COLLECTION + "/vectors/{vector_name}", MANAGE, vectors::drop);
    r.add("POST", COLLECTION + "/facet", READ, facets::facet);
    r.add("PUT", COLLECTION + "/index", WRITE_WHOLE, collections::createIndex);
    r.add("DELETE", COLLECTION + "/index/{field_name}", WRITE_WHOLE, collections::dropIndex);
    r.add("GET", COLLECTION + "/cluster", READ, collections::cluster);
    r.add("POST", COLLECTION + "/cluster", MANAGE, service::standalone);
    r.add("GET", COLLECTION + "/shards", READ, collections::shardKeys);
    r.add("PUT", COLLECTION + "/shards", MANAGE, service::standalone);
    r.add("POST", COLLECTION + "/shards/delete", MANAGE, service::standalone);

    r.add("PUT", POINTS, WRITE, points.update(UpdateJson::upsert));
    r.add("POST", POINTS, READ, points::retrieve);
    r.add("GET", POINTS + "/{id}", READ, points::one);
    r.add("POST", POINTS + "/delete", WRITE, points.update(UpdateJson::delete));
    r.add("PUT", POINTS + "/vectors", WRITE, points.update(UpdateJson::updateVectors));
    r.add("POST", POINTS + "/vectors/delete", WRITE, points.update(UpdateJson::deleteVectors));
    r.add("POST", POINTS + "/payload", WRITE, points.update(UpdateJson::setPayload));
    r.add("PUT", POINTS + "/payload", WRITE, points.update(UpdateJson::overwritePayload));
    r.add("POST", POINTS + "/payload/delete", WRITE, points.update(UpdateJson::deletePayload));
    r.add("POST", POINTS + "/payload/clear", WRITE, points.update(UpdateJson::clearPayload));
    r.add("POST", POINTS + "/batch", WRITE, points::batch);

    r.add("POST", POINTS + "/scroll", READ, search::scroll);
    r.add("POST", POINTS + "/count", READ, search::count);
    r.add("POST", POINTS + "/query", READ, query::query);
    r.add("POST", POINTS + "/query/batch", READ, query::queryBatch);
    r.add("POST", POINTS + "/query/groups", READ, query::queryGroups);
    r.add("POST", POINTS + "/search", READ, query::search);
    r.add("POST", POINTS + "/search/batch", READ, query::searchBatch);
    r.add("POST", POINTS + "/search/groups", READ, query::searchGroups);
    r.add("POST", POINTS + "/recommend", READ, query::recommend);
    r.add("POST", POINTS + "/recommend/batch", READ, query::recommendBatch);
    r.add("POST", POINTS + "/recommend/groups", READ, query::recommendGroups);
    r.add("POST", POINTS + "/discover", READ, query::discover);
    r.add("POST", POINTS + "/discover/batch", READ, query::discoverBatch);
    r.add("POST", POINTS + "/search/matrix/pairs", READ, query::matrixPairs);
    r.add("POST", POINTS + "/search/matrix/offsets", READ, query::matrixOffsets);
    String source = "/ingest/sources/{source}";
    r.add("GET", "/ingest/sources", READ, ingest::list);
    r.add("GET", source, READ, ingest::describe);
    r.add("PUT", source, MANAGE, ingest::put);
    r.add("DELETE", source, MANAGE, ingest::delete);
    r.add("POST", source + "/pause", MANAGE, ingest::pause);
    r.add("POST", source + "/resume", MANAGE, ingest::resume);
    r.add("POST", source + "/reset", MANAGE, ingest::reset);
    r.add("GET", "/ingest/wait", READ, ingest::await);
    r.add("POST", "/ingest/validate", READ, ingest::tryRecord);
    r.add("GET", "/ingest/dead-letters", READ, ingest::deadLetters);
    r.add("GET", "/ingest/dead-letters/{id}", READ, ingest::deadLetters);
    return List.copyOf(r.routes);
  }

  private void add(String method, String template, Access access, Endpoint endpoint) {
    routes.add(new Route(method, template, access, endpoint));
  }
}
