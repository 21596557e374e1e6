package io.millrace.search.points;

import io.millrace.index.PointReader;
import io.millrace.model.BadInput;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Fetch;
import io.millrace.model.PayloadBytes;
import io.millrace.model.StoredPoint;
import io.millrace.model.VectorValue;
import io.millrace.payload.PayloadSelector;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;

/// Reads as much of a point as was asked for.
public final class StoredPoints {
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

  public StoredPoint read(LeafReaderContext context, int doc, Fetch fetch) throws IOException {
    var leaf = context.reader();
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
    return new StoredPoint(
        PointReader.id(leaf, doc), PointReader.version(leaf, doc), payload, vectors);
  }
}
