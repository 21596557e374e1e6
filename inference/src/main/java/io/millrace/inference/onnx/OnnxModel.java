package io.millrace.inference.onnx;

import ai.onnxruntime.OrtException;
import io.millrace.inference.EmbedderProvider;
import io.millrace.inference.EmbeddingModel;
import io.millrace.model.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A model and the one thread that runs it. Requests are cut into jobs of at most `batch` texts of
/// like length; a request has one job in the queue at a time, so that a large one holds up nobody
/// for longer than a run. Jobs that wait are joined to one run up to `batch` texts.
final class OnnxModel implements EmbeddingModel {
  private static final Logger LOG = LoggerFactory.getLogger(OnnxModel.class);

  private final String name;
  private final WordPiece tokenizer;
  private final Session session;
  private final int batch;
  private final BlockingQueue<Job> queue;
  private final Thread worker;
  private volatile boolean closed;

  /// @param texts their token ids
  private record Job(List<int[]> texts, CompletableFuture<float[][]> vectors) {}

  private OnnxModel(String name, WordPiece tokenizer, Session session, int batch, int queue) {
    this.name = name;
    this.tokenizer = tokenizer;
    this.session = session;
    this.batch = batch;
    this.queue = new ArrayBlockingQueue<>(queue);
    this.worker = Thread.ofPlatform().daemon().name("inference").unstarted(this::work);
  }

  /// Throws [IllegalArgumentException] with a sentence for the operator.
  static OnnxModel load(ModelFiles files, EmbedderProvider.Settings settings) {
    int cores = Runtime.getRuntime().availableProcessors();
    int threads = settings.threads() == 0 ? Math.max(1, cores / 2) : settings.threads();
    try {
      var model =
          new OnnxModel(
              files.names().getFirst(),
              files.tokenizer(),
              new Session(files.onnx(), threads),
              settings.batch(),
              settings.queue());
      model.worker.start();
      return model;
    } finally {
      if (files.isTemporary()) {
        delete(files);
      }
    }
  }

  private static void delete(ModelFiles files) {
    try {
      Files.deleteIfExists(files.onnx());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int dimension() {
    return session.dimension();
  }

  @Override
  public List<Embedding> embed(List<String> texts, WhenFull whenFull) {
    int[][] tokens = texts.stream().map(tokenizer::tokens).toArray(int[][]::new);
    // Texts of one run are padded to the longest of them.
    int[] byLength =
        IntStream.range(0, tokens.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> tokens[i].length))
            .mapToInt(Integer::intValue)
            .toArray();
    Embedding[] made = new Embedding[tokens.length];
    for (int from = 0; from < byLength.length; from += batch) {
      int[] part = Arrays.copyOfRange(byLength, from, Math.min(from + batch, byLength.length));
      // Half of a request is of no use to anybody: only its first job is refused.
      float[][] vectors =
          run(
              Arrays.stream(part).mapToObj(i -> tokens[i]).toList(),
              from == 0 ? whenFull : WhenFull.WAIT);
      for (int i = 0; i < part.length; i++) {
        made[part[i]] = new Embedding(vectors[i], tokens[part[i]].length);
      }
    }
    return List.of(made);
  }

  private float[][] run(List<int[]> texts, WhenFull whenFull) {
    var job = new Job(texts, new CompletableFuture<>());
    try {
      switch (whenFull) {
        case WAIT -> queue.put(job);
        case REFUSE -> {
          if (!queue.offer(job)) {
            throw new Failure.TooMuch(
                "The model `" + name + "` has as many requests waiting as may wait",
                Duration.ofSeconds(1));
          }
        }
      }
      if (closed) {
        refuseWaiting();
      }
      return job.vectors().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure.Unavailable("Interrupted while waiting for the model `" + name + "`", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Failure.Unavailable failure
          ? new Failure.Unavailable(String.valueOf(failure.getMessage()), failure)
          : new Failure.Unavailable("The model `" + name + "` failed", e);
    }
  }

  // ---- the worker's thread

  private void work() {
    Job held = null;
    while (!closed) {
      try {
        List<Job> jobs = new ArrayList<>();
        held = joined(held == null ? queue.take() : held, jobs);
        run(jobs);
      } catch (InterruptedException closing) {
        break;
      }
    }
    if (held != null) {
      refuse(held);
    }
    refuseWaiting();
    session.close();
  }

  /// Adds jobs up to `batch` texts, from `next` on; returns the one that did not fit.
  private @Nullable Job joined(Job next, List<Job> jobs) {
    int texts = 0;
    for (Job job = next; job != null; job = queue.poll()) {
      texts += job.texts().size();
      if (!jobs.isEmpty() && texts > batch) {
        return job;
      }
      jobs.add(job);
    }
    return null;
  }

  private void run(List<Job> jobs) {
    try {
      float[][] vectors = session.run(jobs.stream().flatMap(job -> job.texts().stream()).toList());
      int from = 0;
      for (Job job : jobs) {
        int to = from + job.texts().size();
        job.vectors().complete(Arrays.copyOfRange(vectors, from, to));
        from = to;
      }
    } catch (OrtException | RuntimeException | OutOfMemoryError e) {
      LOG.error("A run of the model failed model={}", name, e);
      var failure = new Failure.Unavailable("The model `" + name + "` failed", e);
      jobs.forEach(job -> job.vectors().completeExceptionally(failure));
    }
  }

  private void refuseWaiting() {
    List<Job> waiting = new ArrayList<>();
    queue.drainTo(waiting);
    waiting.forEach(this::refuse);
  }

  private void refuse(Job job) {
    job.vectors().completeExceptionally(new Failure.Unavailable("The server stops"));
  }

  /// Ends the run that is under way, then everything else that waits.
  void close() {
    closed = true;
    worker.interrupt();
    try {
      worker.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
