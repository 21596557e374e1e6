package io.millrace.api.endpoint;

import io.millrace.api.json.FacetJson;
import io.millrace.api.strict.StrictMode;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.Searcher;
import io.millrace.model.Deadline;
import io.millrace.model.FacetHit;
import java.util.List;

/// How many points have which value of a key.
public final class FacetEndpoint {
  private final Collections collections;
  private final SearchPool pool;
  private final StrictModes strictModes;

  public FacetEndpoint(Collections collections, SearchPool pool, StrictModes strictModes) {
    this.collections = collections;
    this.pool = pool;
    this.strictModes = strictModes;
  }

  /// Counts are exact, also where approximate ones would do.
  public Answer facet(Call call) {
    String name = call.collection();
    FacetJson request = call.body(FacetJson::read);
    Deadline deadline = call.readDeadline();
    Collection collection = collections.require(name);
    StrictMode strict = strictModes.of(collection);
    strict.timeout(call.namedTimeout());
    strict.limit(request.limit());
    strict.readFilter(request.filter());
    strict.exact(request.exact());
    call.refuse();
    strict.takeReads(request.filter());
    List<FacetHit> hits;
    try (Searcher searcher = collection.searcher(deadline)) {
      call.searches().tell(collection, request.filter(), request.limit(), searcher.work());
      hits =
          pool.run(
              deadline,
              () -> searcher.facet(request.key(), request.filter(), request.limit(), deadline));
    }
    return new Answer.Result(out -> FacetJson.write(out, hits));
  }
}
