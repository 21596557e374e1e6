/// The door: everything that changes data is submitted to a [Collection], everything that reads
/// holds a [Searcher] of one point in time. Start at [Collections].
///
/// As a library, without a server:
///
/// ```java
/// import io.millrace.collection.Collection;
/// import io.millrace.collection.Collections;
/// import io.millrace.collection.Searcher;
/// import io.millrace.collection.StoreSettings;
/// import io.millrace.collection.WriteBatch;
/// import io.millrace.model.*;
/// import java.nio.file.Path;
/// import java.util.List;
/// import java.util.Map;
///
/// public class Example {
///   public static long points(Path folder) {
///     try (Collections store = Collections.open(folder, StoreSettings.defaults())) {
///       Collection words = store.create("words", CollectionConfig.unnamed(2, Distance.COSINE));
///       Point point =
///           new Point(
///               PointId.of(1),
///               Map.of("", new VectorValue.Dense(new float[] {0.6f, 0.8f})),
///               PayloadBytes.EMPTY);
///       Operation upsert = new Operation.Upsert(List.of(point), Operation.Precondition.NONE);
///       words.submit(WriteBatch.interactive(upsert)).applied().join(); // durable and searchable
///       try (Searcher searcher = words.searcher(Deadline.NONE)) {
///         return searcher.count(Filter.ALL, Deadline.NONE);
///       }
///     }
///   }
/// }
/// ```
///
/// - **Lives here:** opening, creating and dropping collections; validation; the apply thread;
///   refresh, commit and start-up replay.
/// - **May call in:** `ingest`, `query-api` and `app`.
/// - **Never here:** HTTP, Kafka or wire JSON words.
@NullMarked
package io.millrace.collection;

import org.jspecify.annotations.NullMarked;
