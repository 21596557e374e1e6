package io.millrace.api;

import io.millrace.model.AliasAction;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Operation;
import io.millrace.model.QuotaConfig;
import java.time.Duration;
import java.util.List;

/// How the API changes data. In one process it is a call into the core ([LocalGateway]), in two it
/// goes over a link; both throw [io.millrace.model.Failure].
public interface WriteGateway {

  /// Durable before it returns.
  void createCollection(String name, CollectionConfig config);

  void updateCollection(String nameOrAlias, CollectionConfig config);

  /// False if there was none.
  boolean dropCollection(String name);

  /// In order; earlier actions stay when a later one fails.
  void changeAliases(List<AliasAction> actions);

  /// Durable before it returns.
  void changeQuotas(QuotaConfig quotas);

  /// Runs the operations in order as one unit that is accepted or refused as a whole. Returns when
  /// they are durable, or, if waited for, visible to the API's next read. When the time of a wait
  /// is over it returns too, and the operations still take effect.
  UpdateResult submit(String collection, List<Operation> operations, Wait wait);

  /// How long a writer waits.
  sealed interface Wait {
    /// Until it is durable.
    record None() implements Wait {}

    /// Until a read sees it, at most this long.
    record Searchable(Duration atMost) implements Wait {}
  }
}
