package io.millrace.search.points;

import io.millrace.index.PointReader;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Deadline;
import io.millrace.model.Fetch;
import io.millrace.model.PayloadBytes;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadSelector;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;

/// Reads as much of a point as was asked for.
public final class StoredPoints {
  /// Points read between two looks at the deadline.
  private static final int CHECK_EVERY = 256;

  private final CollectionConfig config;

  public StoredPoints(CollectionConfig config) {
    this.config = config;
  }

  /// Refuses names of vectors that the collection does not have.
  public void check(Fetch fetch) {
    if (fetch.vectors() instanceof Fetch.VectorPart.Names(List<String> names)) {
      for (String name : names) {
        if (!config.hasVector(name)) {
          throw BadInput.unknownVector(name);
        }
      }
    }
  }

  public StoredPoint read(LeafReaderContext leaf, int doc, Fetch fetch) throws IOException {
    return read(leaf.reader(), doc, new PointReader.Heads(leaf.reader()), fetch);
  }

  /// The points of documents of an index, in the order given; read in the order in which they lie.
  public List<StoredPoint> read(
      List<LeafReaderContext> leaves, int[] globalDocs, Fetch fetch, Deadline deadline)
      throws IOException {
    long[] places = new long[globalDocs.length];
    for (int i = 0; i < places.length; i++) {
      places[i] = (long) globalDocs[i] << 32 | i;
    }
    Arrays.sort(places);
    StoredPoint[] found = new StoredPoint[places.length];
    int leaf = -1;
    int end = 0;
    PointReader.Heads heads = null;
    for (int i = 0; i < places.length; i++) {
      if (i % CHECK_EVERY == 0) {
        deadline.check();
      }
      int globalDoc = (int) (places[i] >> 32);
      if (heads == null || globalDoc >= end) {
        leaf = ReaderUtil.subIndex(globalDoc, leaves);
        heads = new PointReader.Heads(leaves.get(leaf).reader());
        end = leaves.get(leaf).docBase + leaves.get(leaf).reader().maxDoc();
      }
      LeafReaderContext context = leaves.get(leaf);
      found[(int) places[i]] = read(context.reader(), globalDoc - context.docBase, heads, fetch);
    }
    return Arrays.asList(found);
  }

  private StoredPoint read(LeafReader leaf, int doc, PointReader.Heads heads, Fetch fetch)
      throws IOException {
    Optional<PayloadBytes> payload =
        switch (fetch.payload()) {
          case Fetch.PayloadPart.None ignored -> Optional.empty();
          case Fetch.PayloadPart.All ignored -> Optional.of(PointReader.payload(leaf, doc));
          case Fetch.PayloadPart.Include part ->
              Optional.of(PayloadSelector.select(PointReader.payload(leaf, doc), part));
          case Fetch.PayloadPart.Exclude part ->
              Optional.of(PayloadSelector.select(PointReader.payload(leaf, doc), part));
        };
    Optional<Map<String, VectorValue>> vectors =
        switch (fetch.vectors()) {
          case Fetch.VectorPart.None ignored -> Optional.empty();
          case Fetch.VectorPart.All ignored -> Optional.of(PointReader.vectors(leaf, doc, config));
          case Fetch.VectorPart.Names(List<String> names) ->
              Optional.of(PointReader.vectors(leaf, doc, config, names));
        };
    return new StoredPoint(heads.id(doc), heads.version(doc), payload, vectors);
  }
}
