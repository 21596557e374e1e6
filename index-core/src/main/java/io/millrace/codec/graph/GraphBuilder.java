package io.millrace.codec.graph;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.lucene.util.FixedBitSet;

/// Builds the graph of a segment's rows: at first [#take], if at all, then [#join], then [#finish].
/// Not for several threads, but works with as many as it was given and the processors allow.
public final class GraphBuilder {
  /// Below this many rows the start of threads costs more than they save.
  private static final int CONCURRENT_FROM = 256;

  /// Rows that a thread links before it asks for more, whether it is still wanted, and how fast.
  private static final int BLOCK = 64;

  /// Fewer candidates for a joined row are too few to choose from.
  private static final int LEAST_BEAM = 32;

  /// Candidates for the neighbours of a node that lost some, in lists of them.
  private static final int MOST_CANDIDATES = 8;

  private static final AtomicInteger THREADS = new AtomicInteger();

  /// Threads beside those that merge, over all graphs that are built.
  private static final Semaphore HELPERS =
      new Semaphore(Runtime.getRuntime().availableProcessors() - 1);

  /// Throws when nobody wants the graph any more.
  public interface Abort {
    void check() throws IOException;
  }

  private interface RowTask {
    void run(Inserter inserter, int row);
  }

  private interface NodeTask {
    void run(int level, int place);
  }

  private final GrowingGraph graph;
  private final int efConstruct;
  private final Supplier<RowComparison> comparisons;
  private final int threads;
  private final Abort abort;

  /// Rows that have their level.
  private final FixedBitSet put;

  private final long writtenBefore = BuildPace.rowsWritten();
  private final int flat;

  /// @param flat rows that are in none of the graphs that are taken over or joined
  /// @param comparisons for one thread each
  public GraphBuilder(
      GrowingGraph graph,
      int flat,
      int efConstruct,
      Supplier<RowComparison> comparisons,
      int threads,
      Abort abort) {
    this.graph = graph;
    this.flat = flat;
    this.efConstruct = efConstruct;
    this.comparisons = comparisons;
    this.threads = threads;
    this.abort = abort;
    this.put = new FixedBitSet(graph.size());
  }

  /// Tells that rows came which are not a merge's: rows that are written have precedence.
  public static void rowsWritten(int count) {
    BuildPace.rowsWritten(count);
  }

  /// Takes over the links of a graph. Rows that lose neighbours get some of those that these had.
  public void take(LinkedRows source) throws IOException {
    GraphLinks links = source.links();
    int[] ordinals = source.ordinals();
    eachNode(
        links,
        (level, place) -> {
          int node = ordinals[links.ordinal(level, place)];
          if (node >= 0 && !put.getAndSet(node)) {
            graph.put(node, level);
          }
        });
    Copy copy = new Copy(source);
    eachNode(links, copy::links);
    eachNode(
        links,
        (level, place) -> {
          int node = ordinals[links.ordinal(level, place)];
          if (node >= 0 && graph.isLinked(node)) {
            graph.offerEntry(node);
          }
        });
    if (source.live() < links.size()) {
      Inserter inserter = inserter();
      eachNode(links, (level, place) -> copy.mend(inserter, level, place));
      offerFirst(ordinals);
      for (int node : copy.lonely) {
        inserter.insert(node);
      }
    }
  }

  /// Searches have to begin somewhere before the first row is linked.
  private void offerFirst(int[] nodes) {
    for (int i = 0; i < nodes.length && graph.entry() < 0; i++) {
      if (nodes[i] >= 0) {
        graph.offerEntry(nodes[i]);
      }
    }
  }

  /// From the top level down, where a node is met on its highest level first.
  private void eachNode(GraphLinks links, NodeTask task) throws IOException {
    for (int level = links.levels() - 1; level >= 0; level--) {
      for (int place = 0; place < links.nodesOn(level); place++) {
        if (place % BLOCK == 0) {
          abort.check();
        }
        task.run(level, place);
      }
    }
  }

  /// Links the rows of another graph. The neighbours that a row has there lead to its place here,
  /// so that most need no search from the top.
  public void join(LinkedRows source) throws IOException {
    GraphLinks links = source.links();
    int[] ordinals = source.ordinals();
    for (int node : ordinals) {
      put(node);
    }
    offerFirst(ordinals);
    int ef = Math.min(efConstruct, Math.max(LEAST_BEAM, Math.min(efConstruct / 2, 3 * graph.m())));
    eachRow(
        ordinals.length,
        (inserter, place) -> {
          int node = ordinals[place];
          if (node < 0) {
            return;
          }
          if (graph.level(node) > 0) { // its neighbours above level 0 are others
            inserter.insert(node);
            return;
          }
          int[] near = new int[2 * links.m()];
          int count = 0;
          int all = links.neighbours(place, near);
          for (int i = 0; i < all; i++) {
            int neighbour = ordinals[near[i]];
            if (neighbour >= 0 && graph.isLinked(neighbour)) {
              near[count++] = neighbour;
            }
          }
          if (count == 0) {
            inserter.insert(node);
          } else {
            inserter.insertNear(node, near, count, ef);
          }
        });
  }

  /// Links all rows that are not linked yet, and sees to it that every row can be reached.
  public GrowingGraph finish() throws IOException {
    for (int node = 0; node < graph.size(); node++) {
      put(node);
    }
    if (graph.size() > 0 && graph.entry() < 0) {
      graph.offerEntry(0);
    }
    eachRow(
        graph.size(),
        (inserter, node) -> {
          if (!graph.isLinked(node)) {
            inserter.insert(node);
          }
        });
    connect();
    return graph;
  }

  private void put(int node) {
    if (node >= 0 && !put.getAndSet(node)) {
      graph.put(node, graph.drawLevel(node));
    }
  }

  private Inserter inserter() {
    return new Inserter(graph, efConstruct, comparisons.get(), comparisons.get());
  }

  private void eachRow(int count, RowTask task) throws IOException {
    AtomicInteger next = new AtomicInteger();
    int helpers = 0;
    while (count >= CONCURRENT_FROM && helpers < threads - 1 && HELPERS.tryAcquire()) {
      helpers++;
    }
    if (helpers == 0) {
      work(count, next, task);
      return;
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(helpers, buildThreads())) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < helpers; i++) {
        running.add(
            executor.submit(() -> {
              work(count, next, task);
              return null;
            }));
      }
      work(count, next, task);
      for (Future<?> thread : running) {
        await(thread);
      }
    } finally {
      HELPERS.release(helpers);
    }
  }

  private void work(int count, AtomicInteger next, RowTask task) throws IOException {
    boolean done = false;
    try {
      Inserter inserter = inserter();
      BuildPace pace = BuildPace.ofThread(writtenBefore, flat);
      for (int from = next.getAndAdd(BLOCK); from < count; from = next.getAndAdd(BLOCK)) {
        abort.check();
        pace.giveWay();
        for (int row = from; row < Math.min(count, from + BLOCK); row++) {
          task.run(inserter, row);
        }
      }
      done = true;
    } finally {
      if (!done) {
        next.set(count); // nor do the others go on
      }
    }
  }

  private static void await(Future<?> thread) throws IOException {
    try {
      thread.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException io) {
        throw io;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a graph is built");
    }
  }

  private static ThreadFactory buildThreads() {
    return task -> {
      Thread thread = new Thread(task, "graph-build-" + THREADS.incrementAndGet());
      thread.setDaemon(true);
      thread.setPriority(Thread.MIN_PRIORITY);
      return thread;
    };
  }

  /// Leads to the rows that no path from the entry reaches on level 0.
  private void connect() throws IOException {
    if (graph.size() == 0) {
      return;
    }
    FixedBitSet reached = new FixedBitSet(graph.size());
    reach(graph.entry(), reached);
    Inserter inserter = inserter();
    for (int node = 0; node < graph.size(); node++) {
      if (!reached.get(node)) {
        abort.check();
        inserter.attach(node, reached::get);
        reach(node, reached);
      }
    }
  }

  private void reach(int from, FixedBitSet reached) {
    int[] neighbours = new int[graph.most(0)];
    int[] stack = new int[1 << 10];
    int depth = 0;
    reached.set(from);
    stack[depth++] = from;
    while (depth > 0) {
      int count = graph.neighbours(0, stack[--depth], neighbours);
      for (int i = 0; i < count; i++) {
        if (!reached.getAndSet(neighbours[i])) {
          if (depth == stack.length) {
            stack = Arrays.copyOf(stack, 2 * depth);
          }
          stack[depth++] = neighbours[i];
        }
      }
    }
  }

  /// The links of a source, by its nodes and by ours.
  private final class Copy {
    private final GraphLinks links;
    private final int[] ordinals;
    private final int[] places;
    private final int[] theirs;
    private final int[] second;
    private final int[] secondPlaces;
    private int[] ours;
    private int count;

    /// Nodes whose neighbours, and theirs, are nearly all gone.
    private final List<Integer> lonely = new ArrayList<>();

    Copy(LinkedRows source) {
      this.links = source.links();
      this.ordinals = source.ordinals();
      this.places = new int[links.m()];
      this.theirs = new int[2 * links.m()];
      this.ours = new int[2 * links.m()];
      this.second = new int[2 * links.m()];
      this.secondPlaces = new int[links.m()];
    }

    void links(int level, int place) {
      int node = ordinals[links.ordinal(level, place)];
      if (node >= 0) {
        int all = read(level, place, places, theirs);
        count = 0;
        add(theirs, all, node);
        graph.set(level, node, ours, count);
      }
    }

    /// Gives a node that lost neighbours as many of theirs.
    void mend(Inserter inserter, int level, int place) {
      int node = ordinals[links.ordinal(level, place)];
      if (node < 0) {
        return;
      }
      int all = read(level, place, places, theirs);
      count = graph.neighbours(level, node, ours);
      boolean lost = false;
      for (int i = 0; i < all; i++) {
        if (ordinals[theirs[i]] < 0) {
          lost = true;
          if (count < MOST_CANDIDATES * graph.most(level)) {
            int more = read(level, level == 0 ? theirs[i] : places[i], secondPlaces, second);
            add(second, more, node);
          }
        }
      }
      if (lost && level == 0 && count < graph.m() / 2) {
        lonely.add(node);
      } else if (lost && count > 0) {
        inserter.choose(level, node, ours, count, all);
      }
    }

    private int read(int level, int place, int[] placesInto, int[] ordinalsInto) {
      return level == 0
          ? links.neighbours(place, ordinalsInto)
          : links.neighbours(level, place, placesInto, ordinalsInto);
    }

    private void add(int[] found, int number, int node) {
      for (int i = 0; i < number; i++) {
        int neighbour = ordinals[found[i]];
        if (neighbour >= 0 && neighbour != node) {
          if (count == ours.length) {
            ours = Arrays.copyOf(ours, 2 * count);
          }
          ours[count++] = neighbour;
        }
      }
    }
  }
}
