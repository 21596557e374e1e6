package io.millrace.index;

import io.millrace.model.CollectionConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FieldInfos;
import org.apache.lucene.index.FilterCodecReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.OneMergeWrappingMergePolicy;
import org.apache.lucene.index.SegmentCommitInfo;

/// Frees the space of vectors that were taken out of the collection: a merge does not see their
/// fields.
final class RemovedVectors {
  private RemovedVectors() {}

  /// The same merges, but for those fields.
  static MergePolicy leftOutBy(MergePolicy policy, Supplier<CollectionConfig> config) {
    return new OneMergeWrappingMergePolicy(
        policy,
        merge ->
            new MergePolicy.OneMerge(merge) {
              @Override
              public CodecReader wrapForMerge(CodecReader reader) throws IOException {
                return without(merge.wrapForMerge(reader), config.get());
              }

              @Override
              public void setMergeInfo(SegmentCommitInfo info) {
                super.setMergeInfo(info);
                merge.setMergeInfo(info);
              }

              @Override
              public void mergeFinished(boolean success, boolean segmentDropped)
                  throws IOException {
                merge.mergeFinished(success, segmentDropped);
              }
            });
  }

  private static CodecReader without(CodecReader reader, CollectionConfig config) {
    List<FieldInfo> left = new ArrayList<>();
    for (FieldInfo field : reader.getFieldInfos()) {
      if (!Fields.isOfRemovedVector(field.name, config)) {
        left.add(field);
      }
    }
    return left.size() == reader.getFieldInfos().size()
        ? reader
        : new Narrowed(reader, new FieldInfos(left.toArray(FieldInfo[]::new)));
  }

  private static final class Narrowed extends FilterCodecReader {
    private final FieldInfos fields;

    Narrowed(CodecReader reader, FieldInfos fields) {
      super(reader);
      this.fields = fields;
    }

    @Override
    public FieldInfos getFieldInfos() {
      return fields;
    }

    @Override
    public IndexReader.CacheHelper getCoreCacheHelper() {
      return in.getCoreCacheHelper();
    }

    @Override
    public IndexReader.CacheHelper getReaderCacheHelper() {
      return in.getReaderCacheHelper();
    }
  }
}
