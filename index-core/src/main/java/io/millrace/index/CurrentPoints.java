package io.millrace.index;

import io.millrace.codec.graph.GraphBuilder;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Filter;
import io.millrace.model.PayloadPath;
import io.millrace.model.Point;
import io.millrace.model.PointId;
import io.millrace.model.VectorValue;
import io.millrace.payload.FilterEvaluator;
import io.millrace.payload.IndexMeanings;
import io.millrace.payload.JsonValue;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/// The points of a collection as they are now, with everything applied so far: those written since
/// the last refresh are remembered, the others are in its reader. This is the state that
/// [PointIndex] applies operations to, on its one thread.
final class CurrentPoints implements Closeable {

  /// Points remembered between refreshes stay below this; past it [#wantsRefresh] says so. Half of
  /// Lucene's own write buffer, so that remembering never costs more than indexing does.
  private static final long PENDING_BYTES = 32L << 20;

  /// Points looked at one by one, some microseconds each, that cost as much as a refresh: some
  /// milliseconds. Counted and not timed, as nothing here may depend on a clock.
  private static final int EVALUATED_FOR_A_REFRESH = 4_096;

  private final Supplier<CollectionConfig> config;
  private final PointIndex.Matcher matcher;
  private final IndexWriter writer;
  private final PayloadFields payloads = new PayloadFields();
  private final Map<PointId, Optional<Point>> pending = new HashMap<>(); // empty: deleted
  private long pendingBytes;
  private long evaluated; // pending points looked at since the last refresh
  private @Nullable IndexMeanings meanings; // of the operation at work, once it asks
  private CollectionConfig known;
  private DirectoryReader reader;
  private PointLookup lookup;

  /// @param config asked anew at every use
  CurrentPoints(Supplier<CollectionConfig> config, PointIndex.Matcher matcher, IndexWriter writer)
      throws IOException {
    this.config = config;
    this.matcher = matcher;
    this.writer = writer;
    this.known = config.get();
    this.reader = DirectoryReader.open(writer);
    this.lookup = new PointLookup(reader);
  }

  /// Takes notice of a change of the configuration; before each operation.
  void follow() throws IOException {
    meanings = null;
    CollectionConfig now = config.get();
    if (now != known) {
      refresh(); // the points remembered may have vectors that are no more
      known = now;
    }
  }

  /// The configuration that points are read and written with.
  CollectionConfig config() {
    return known;
  }

  Optional<Point> find(PointId id) throws IOException {
    Optional<Point> written = pending.get(id);
    if (written != null) {
      return written;
    }
    Optional<PointLookup.Place> place = lookup.find(id);
    return place.isEmpty() ? Optional.empty() : Optional.of(read(id, place.get(), known));
  }

  private static Point read(PointId id, PointLookup.Place place, CollectionConfig config)
      throws IOException {
    LeafReader leaf = place.leaf().reader();
    int doc = place.doc();
    return new Point(id, PointReader.vectors(leaf, doc, config), PointReader.payload(leaf, doc));
  }

  /// @param stored with vectors as [StoredForm] made them
  void put(long sequence, Point stored) throws IOException {
    put(sequence, stored, known);
  }

  private void put(long sequence, Point stored, CollectionConfig under) throws IOException {
    writer.updateDocument(idTerm(stored.id()), PointDocument.of(stored, sequence, under, payloads));
    remember(stored.id(), Optional.of(stored));
    for (VectorValue value : stored.vectors().values()) {
      if (value instanceof VectorValue.Multi multi) { // dense ones are counted by our own writer
        GraphBuilder.rowsWritten(multi.rows().length / multi.dimension());
      }
    }
  }

  void remove(PointId id) throws IOException {
    writer.deleteDocuments(idTerm(id));
    remember(id, Optional.empty());
  }

  private static Term idTerm(PointId id) {
    return new Term(Fields.ID, new BytesRef(id.bytes()));
  }

  private void remember(PointId id, Optional<Point> state) {
    Optional<Point> before = pending.put(id, state);
    pendingBytes += cost(state) - (before == null ? 0 : cost(before));
  }

  /// A rough heap cost: entry and objects, payload, vectors.
  private static long cost(Optional<Point> state) {
    if (state.isEmpty()) {
      return 64;
    }
    long bytes = 160L + state.get().payload().length();
    for (VectorValue v : state.get().vectors().values()) {
      bytes += v.bytes();
    }
    return bytes;
  }

  /// What the reader holds, but for points written since; of those, each as it is now. A refresh
  /// spares looking at them one by one: it is made once that has cost as much as a refresh does, so
  /// a stream of operations by filter costs about twice what is needed at most.
  List<PointId> matching(Filter filter) throws IOException {
    if (evaluated > EVALUATED_FOR_A_REFRESH) {
      refresh();
    }
    List<PointId> found = new ArrayList<>();
    for (PointId id : matcher.ids(reader, filter)) {
      if (!pending.containsKey(id)) {
        found.add(id);
      }
    }
    evaluated += pending.size();
    for (Optional<Point> written : pending.values()) {
      if (written.isPresent() && matches(written.get(), filter)) {
        found.add(written.get().id());
      }
    }
    return found;
  }

  /// By the declared payload indexes of now.
  boolean matches(Point point, Filter filter) {
    IndexMeanings now = meanings;
    if (now == null) {
      now = new IndexMeanings(config.get().payloadSchema());
      meanings = now;
    }
    return FilterEvaluator.matches(
        filter,
        new FilterEvaluator.Subject(
            JsonValue.parse(point.payload()), point.id(), point.vectors().keySet(), now));
  }

  /// See [PointIndex#unfilled()].
  Map<PayloadPath, Long> unfilled() throws IOException {
    return Unfilled.count(reader, config.get().payloadSchema());
  }

  /// See [PointIndex#fill(int)].
  Map<PayloadPath, Long> fill(int most) throws IOException {
    CollectionConfig now = config.get();
    Unfilled.Found found = Unfilled.in(reader, now.payloadSchema(), most);
    for (PointLookup.Place place : found.points()) {
      LeafReader leaf = place.leaf().reader();
      PointId id = PointReader.id(leaf, place.doc());
      if (!pending.containsKey(id)) { // else written since, or gone
        put(PointReader.version(leaf, place.doc()), read(id, place, now), now);
      }
    }
    return found.counts();
  }

  /// Whether enough was written since the last refresh that one is due for the heap's sake.
  boolean wantsRefresh() {
    return pendingBytes > PENDING_BYTES;
  }

  /// Makes everything applied visible in [#reader()].
  void refresh() throws IOException {
    DirectoryReader newer = DirectoryReader.openIfChanged(reader, writer, true);
    if (newer != null) {
      DirectoryReader older = reader;
      reader = newer;
      lookup = new PointLookup(newer);
      older.close();
    }
    pending.clear();
    pendingBytes = 0;
    evaluated = 0;
  }

  /// The reader of the last refresh. Owned by this class: who keeps it takes a reference.
  DirectoryReader reader() {
    return reader;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
