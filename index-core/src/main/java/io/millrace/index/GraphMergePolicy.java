package io.millrace.index;

import io.millrace.codec.MillraceVectorsFormat;
import io.millrace.frame.FreeSpace;
import io.millrace.meter.MergeLog;
import io.millrace.model.CollectionConfig;
import io.millrace.model.VectorConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.AlreadyClosedException;
import org.jspecify.annotations.Nullable;

/// Flat first, graph by merge. Segments come in two kinds: flat ones, as flushes write them, and
/// those with a graph, or with the codes that stand for one where tenants are searched without.
///
/// - Once the flat segments together hold enough rows for a graph, they are merged into one
///   segment, which then has a graph. Graph segments that are smaller than what they would be
///   merged with go along: like the levels of a log-structured tree, each row takes part in few
///   graph builds, and few graph segments remain. Few of them matter, because each costs a search
///   nearly as much as the largest does (docs/performance.md).
/// - Below that, a tiered policy keeps flat segments few.
/// - While nothing is written ([#rests]), what would wait for more rows otherwise becomes one graph
///   segment, flat segments too; only a graph segment that is large beside all of it stays alone.
/// - Segments with many deleted points are rewritten.
/// - No graph is built of more rows than [GraphHeap] has room for: past that size a collection has
///   several graph segments.
/// - Segments that a change of settings made outdated are rewritten, one after another: other
///   links, no graph, other int8 rows.
///
/// All of it merges in the background while the flat segments are scanned.
final class GraphMergePolicy extends MergePolicy {

  /// Flat segments below the threshold stay at about this many.
  private static final int FLAT_SEGMENTS_PER_TIER = 8;

  /// A graph segment joins a merge whose other rows are at least this share of its own.
  private static final double JOIN_SHARE = 0.5;

  /// The same while nothing is written. Each flat row costs every search about a thousandth of what
  /// a graph does, so a fiftieth of a graph is worth writing it anew.
  private static final double JOIN_SHARE_AT_REST = 0.02;

  /// Deleted share from which on a graph segment is rewritten.
  private static final double MAX_DELETED_SHARE = 0.2;

  /// Segments with fewer deleted rows than this are left alone, whatever their share.
  private static final int MIN_DELETED = 1_000;

  /// Room a merge leaves for the log and the next flush.
  private static final long SPARE_BYTES = 16L << 20;

  /// The same for a merge that may as well wait: it leaves what writes need too.
  private static final long SPARE_BYTES_AT_REST = 2 * FreeSpace.RESERVE_BYTES;

  private final Supplier<CollectionConfig> config;
  private final MergeRoom room;
  private final GraphHeap heap;
  private final ConfiguredVectors vectors;
  private final TieredMergePolicy flatTiers = new TieredMergePolicy();
  private volatile boolean rests;
  private volatile boolean lacksRoom;

  GraphMergePolicy(Supplier<CollectionConfig> config, MergeRoom room, GraphHeap heap) {
    this.config = config;
    this.room = room;
    this.heap = heap;
    this.vectors = new ConfiguredVectors(config);
    flatTiers.setSegmentsPerTier(FLAT_SEGMENTS_PER_TIER);
    flatTiers.setMaxMergedSegmentMB(1 << 20);
    flatTiers.setFloorSegmentMB(16);
    setNoCFSRatio(0);
  }

  /// Whether nothing is written now. Safe to call from any thread.
  void rests(boolean now) {
    rests = now;
  }

  /// Whether merges were left out for want of room when they were last looked for. Safe to call
  /// from any thread.
  boolean lacksRoom() {
    return lacksRoom;
  }

  static boolean hasGraph(SegmentCommitInfo segment) {
    return MillraceVectorsFormat.isIndexed(segment.info);
  }

  /// Links per node of the collection's densest graph, as the format has them.
  private int widestM() {
    int widest = 0;
    for (VectorConfig vector : config.get().vectors().values()) {
      widest = Math.max(widest, Math.max(vector.m(), vector.payloadM()));
    }
    return Math.min(widest, MillraceVectorsFormat.MAX_M);
  }

  /// Waits until the heap has room for the graph of a merge; without one there is nothing to wait
  /// for. What is returned goes to [GraphHeap#release].
  int acquireHeap(OneMerge merge) throws InterruptedException {
    return makesGraph(merge) ? heap.acquire(rows(merge).largest(), widestM(), merge::isAborted) : 0;
  }

  private GraphRows rows(OneMerge merge) {
    GraphRows rows = new GraphRows(config.get());
    for (SegmentCommitInfo segment : merge.segments) {
      rows.add(segment, segment.getDelCount());
    }
    return rows;
  }

  private boolean makesGraph(OneMerge merge) {
    return merge.segments.stream().anyMatch(GraphMergePolicy::hasGraph) || rows(merge).makeGraph();
  }

  MergeLog.Kind kind(OneMerge merge) {
    if (merge.segments.size() == 1 && hasGraph(merge.segments.getFirst())) {
      return vectors.isOutdated(merge.segments.getFirst().info)
          ? MergeLog.Kind.SETTINGS
          : MergeLog.Kind.DELETED;
    }
    return makesGraph(merge) ? MergeLog.Kind.GRAPH : MergeLog.Kind.FLAT;
  }

  @Override
  public @Nullable MergeSpecification findMerges(
      MergeTrigger trigger, SegmentInfos infos, MergeContext context) throws IOException {
    lacksRoom = false;
    MergeSpecification wanted = wanted(trigger, infos, context);
    return wanted == null ? null : fitting(wanted);
  }

  /// Without the merges whose result may not find room: a merge that runs into a full disk takes
  /// the whole writer with it.
  private @Nullable MergeSpecification fitting(MergeSpecification wanted) throws IOException {
    List<ClaimingMerge> claiming = new ArrayList<>(); // nothing fails once one has its claim
    for (OneMerge merge : wanted.merges) {
      claiming.add(
          merge instanceof ClaimingMerge atRest
              ? atRest
              : new ClaimingMerge(merge.segments, SPARE_BYTES));
    }
    MergeSpecification fitting = new MergeSpecification();
    for (ClaimingMerge merge : claiming) {
      if (merge.fits(room)) {
        fitting.add(merge);
      } else {
        lacksRoom = true;
      }
    }
    return fitting.merges.isEmpty() ? null : fitting;
  }

  /// What their merge writes at most.
  private static long bytesOf(List<SegmentCommitInfo> segments) throws IOException {
    long bytes = 0;
    for (SegmentCommitInfo segment : segments) {
      bytes += segment.sizeInBytes();
    }
    return bytes + bytes / 2; // codes and links a graph adds
  }

  private @Nullable MergeSpecification wanted(
      MergeTrigger trigger, SegmentInfos infos, MergeContext context) throws IOException {
    Set<SegmentCommitInfo> merging = context.getMergingSegments();
    List<SegmentCommitInfo> flat = new ArrayList<>();
    List<SegmentCommitInfo> graphs = new ArrayList<>();
    GraphRows flatRows = new GraphRows(config.get());
    boolean graphMergeRuns = false;
    for (SegmentCommitInfo segment : infos) {
      if (merging.contains(segment)) {
        graphMergeRuns |= hasGraph(segment) || rows(segment, context).makeGraph();
        continue;
      }
      if (hasGraph(segment)) {
        graphs.add(segment);
      } else {
        flat.add(segment);
        flatRows.add(rows(segment, context));
      }
    }
    MergeSpecification found = new MergeSpecification();
    if (rests && merging.isEmpty()) {
      List<SegmentCommitInfo> joined = atRest(flat, graphs, context);
      if (!joined.isEmpty()) {
        found.add(new ClaimingMerge(joined, SPARE_BYTES_AT_REST));
        return found;
      }
    }
    if (flatRows.makeGraph() && !graphMergeRuns) {
      List<SegmentCommitInfo> chosen = forOneGraph(flat, graphs, context);
      if (!chosen.isEmpty()) {
        found.add(new OneMerge(chosen));
        return found;
      }
    }
    MergeSpecification flatMerges = flatTiers.findMerges(trigger, subset(infos, flat), context);
    if (flatMerges != null) {
      flatMerges.merges.forEach(found::add);
    }
    List<SegmentCommitInfo> left = new ArrayList<>(flat);
    found.merges.forEach(merge -> left.removeAll(merge.segments));
    List<SegmentCommitInfo> outdated = outdated(left, graphMergeRuns, context);
    if (!outdated.isEmpty()) {
      found.add(new OneMerge(outdated));
    }
    if (!graphMergeRuns) {
      for (SegmentCommitInfo segment : graphs) {
        if (rows(segment, context).largest() > heap.mostRows(widestM())) {
          continue; // built with a larger heap; searched as it is
        }
        if (vectors.isOutdated(segment.info)) {
          found.add(new OneMerge(List.of(segment)));
          break;
        }
        int deleted = context.numDeletesToMerge(segment);
        if (deleted >= MIN_DELETED && deleted > MAX_DELETED_SHARE * segment.info.maxDoc()) {
          found.add(new OneMerge(List.of(segment)));
          break;
        }
      }
    }
    return found.merges.isEmpty() ? null : found;
  }

  /// What becomes one graph segment while nothing is written: flat segments and graph segments, the
  /// small ones first; none where they are too small beside the next one, or no graph is there.
  private List<SegmentCommitInfo> atRest(
      List<SegmentCommitInfo> flat, List<SegmentCommitInfo> graphs, MergeContext context)
      throws IOException {
    List<SegmentCommitInfo> ordered = new ArrayList<>(bySize(flat));
    ordered.addAll(bySize(graphs));
    long most = heap.mostRows(widestM());
    long rows = 0;
    int chosen = 0;
    for (int i = 0; i < ordered.size(); i++) {
      long own = rows(ordered.get(i), context).largest();
      if (rows + own > most) {
        break;
      }
      if (i >= Math.max(1, flat.size()) && rows >= JOIN_SHARE_AT_REST * own) {
        chosen = i + 1;
      }
      rows += own;
    }
    List<SegmentCommitInfo> joined = ordered.subList(0, chosen);
    if (!rows(joined, context).makeGraph()) {
      return List.of(); // graphs may be switched off
    }
    if (!room.has(bytesOf(joined), SPARE_BYTES_AT_REST)) {
      lacksRoom = true;
      return List.of();
    }
    return joined;
  }

  private static List<SegmentCommitInfo> bySize(List<SegmentCommitInfo> segments) {
    List<SegmentCommitInfo> bySize = new ArrayList<>(segments);
    bySize.sort(Comparator.comparingInt(s -> s.info.maxDoc()));
    return bySize;
  }

  /// Flat segments made by other settings, as many as the heap has room for should they get a
  /// graph; none where they would and another graph is built.
  private List<SegmentCommitInfo> outdated(
      List<SegmentCommitInfo> flat, boolean graphMergeRuns, MergeContext context)
      throws IOException {
    List<SegmentCommitInfo> chosen =
        withinHeap(
            flat.stream().filter(segment -> vectors.isOutdated(segment.info)).toList(), context);
    return graphMergeRuns && rows(chosen, context).makeGraph() ? List.of() : chosen;
  }

  /// As many of the segments as one graph may be built of.
  private List<SegmentCommitInfo> withinHeap(List<SegmentCommitInfo> segments, MergeContext context)
      throws IOException {
    long most = heap.mostRows(widestM());
    List<SegmentCommitInfo> chosen = new ArrayList<>();
    long rows = 0;
    for (SegmentCommitInfo segment : segments) {
      long own = rows(segment, context).largest();
      if (rows + own <= most) {
        chosen.add(segment);
        rows += own;
      }
    }
    return chosen;
  }

  /// Flat segments, as many as the heap has room for, and graph segments that are small beside
  /// them; none where that makes no graph.
  private List<SegmentCommitInfo> forOneGraph(
      List<SegmentCommitInfo> flat, List<SegmentCommitInfo> graphs, MergeContext context)
      throws IOException {
    long most = heap.mostRows(widestM());
    List<SegmentCommitInfo> chosen = withinHeap(flat, context);
    long rows = 0;
    for (SegmentCommitInfo segment : chosen) {
      rows += rows(segment, context).largest();
    }
    if (!rows(chosen, context).makeGraph()) {
      return List.of(); // what is left would become another flat segment
    }
    for (SegmentCommitInfo graph : bySize(graphs)) {
      long own = rows(graph, context).largest();
      if (rows < JOIN_SHARE * own || rows + own > most) {
        break;
      }
      chosen.add(graph);
      rows += own;
    }
    return chosen;
  }

  private GraphRows rows(List<SegmentCommitInfo> segments, MergeContext context)
      throws IOException {
    GraphRows rows = new GraphRows(config.get());
    for (SegmentCommitInfo segment : segments) {
      rows.add(rows(segment, context));
    }
    return rows;
  }

  private GraphRows rows(SegmentCommitInfo segment, MergeContext context) throws IOException {
    return new GraphRows(config.get()).add(segment, context.numDeletesToMerge(segment));
  }

  private static SegmentInfos subset(SegmentInfos all, List<SegmentCommitInfo> chosen) {
    SegmentInfos subset = new SegmentInfos(all.getIndexCreatedVersionMajor());
    chosen.forEach(subset::add);
    return subset;
  }

  @Override
  public @Nullable MergeSpecification findForcedMerges(
      SegmentInfos infos,
      int maxSegments,
      Map<SegmentCommitInfo, Boolean> toMerge,
      MergeContext context)
      throws IOException {
    Set<SegmentCommitInfo> merging = context.getMergingSegments();
    List<SegmentCommitInfo> chosen = new ArrayList<>();
    for (SegmentCommitInfo segment : infos) {
      if (toMerge.containsKey(segment)) {
        if (merging.contains(segment)) {
          return null; // asked again when that merge is done
        }
        chosen.add(segment);
      }
    }
    boolean done =
        chosen.size() <= 1 && chosen.stream().noneMatch(s -> s.getDelCount() > 0 || isUnfit(s));
    if (chosen.isEmpty()
        || done
        || (chosen.size() == 1
            && !Boolean.TRUE.equals(toMerge.get(chosen.getFirst()))
            && !isUnfit(chosen.getFirst()))) {
      return null;
    }
    MergeSpecification found = new MergeSpecification();
    found.add(new OneMerge(chosen));
    return found;
  }

  /// Whether a graph is due for this segment and missing, or settings have changed since.
  private boolean isUnfit(SegmentCommitInfo segment) {
    return vectors.isOutdated(segment.info)
        || !hasGraph(segment)
            && new GraphRows(config.get()).add(segment, segment.getDelCount()).makeGraph();
  }

  @Override
  public @Nullable MergeSpecification findForcedDeletesMerges(
      SegmentInfos infos, MergeContext context) throws IOException {
    Set<SegmentCommitInfo> merging = new HashSet<>(context.getMergingSegments());
    MergeSpecification found = new MergeSpecification();
    for (SegmentCommitInfo segment : infos) {
      if (context.numDeletesToMerge(segment) > 0 && !merging.contains(segment)) {
        found.add(new OneMerge(List.of(segment)));
      }
    }
    return found.merges.isEmpty() ? null : found;
  }

  /// Has its claim of room until it ends, in whatever way.
  private static final class ClaimingMerge extends OneMerge {
    private final long bytes;
    private final long spare;
    private Optional<MergeRoom.Claim> claim = Optional.empty();

    /// @param spare bytes left for others
    ClaimingMerge(List<SegmentCommitInfo> segments, long spare) throws IOException {
      super(segments);
      this.bytes = bytesOf(segments);
      this.spare = spare;
    }

    /// Whether there is room for it, which then is its own.
    boolean fits(MergeRoom room) {
      claim = room.claim(bytes, spare, this::writtenBytes);
      return claim.isPresent();
    }

    /// The files of the new segment, also those that are only needed to make it.
    private long writtenBytes() {
      SegmentCommitInfo made = getMergeInfo();
      if (made == null) {
        return 0;
      }
      long written = 0;
      try {
        for (String file : made.info.dir.listAll()) {
          if (IndexFileNames.parseSegmentName(file).equals(made.info.name)) {
            written += made.info.dir.fileLength(file);
          }
        }
      } catch (IOException | AlreadyClosedException gone) {
        return written; // a file went meanwhile: rather too few
      }
      return written;
    }

    @Override
    public void mergeFinished(boolean success, boolean segmentDropped) {
      claim.ifPresent(MergeRoom.Claim::release);
    }
  }

  @Override
  public boolean useCompoundFile(
      SegmentInfos infos, SegmentCommitInfo mergedInfo, MergeContext context) {
    return false;
  }
}
