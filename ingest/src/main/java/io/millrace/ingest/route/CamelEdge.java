package io.millrace.ingest.route;

import io.millrace.ingest.config.SourceConfig.CamelSource;
import io.millrace.ingest.inbox.InboxContents;
import io.millrace.ingest.pipeline.Backoff;
import io.millrace.ingest.pipeline.Health;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.SourceState;
import io.millrace.ingest.pipeline.SourceStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.spi.Language;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A foreign Camel component before an inbox of ours:
///
/// ```
/// from(<uri>) ─ exchange ─► spool/<number>-<name>, fsynced ─► exchange is completed ─► inbox
/// ```
///
/// The component hears that an object arrived when the object is durable here, not before; what
/// fails before that, it delivers again by its own rules. From the spool on it is a dropped file:
/// same decoder, same log, every record once. What is delivered twice is told by `id`; a crash
/// between the file and the note of its id can take one object twice, and without `id` every
/// delivery counts. Objects are read in the order in which they arrived.
///
/// It has a Camel context of its own, so that a component that does not start stops nothing else.
public final class CamelEdge implements Intake {
  private static final Logger LOG = LoggerFactory.getLogger(CamelEdge.class);

  private static final Duration FULL = Duration.ofMillis(200);
  private static final int SHUTDOWN_SECONDS = 5;
  private static final int MAX_NAME = 120;

  /// The spool is measured again after so many bytes or objects.
  private static final long MEASURE_BYTES = 16 << 20;

  private static final int MEASURE_OBJECTS = 256;

  private final CamelSource source;
  private final SourceRun run;
  private final Path spool;
  private final Path stateFolder;
  private final Intake inbox;
  private final Thread starter;

  private volatile Health edge = new Health(SourceState.WAITING, "Not connected yet");
  private volatile @Nullable DefaultCamelContext context;

  // Under the lock of this object: exchanges may come on several threads.
  private @Nullable InboxContents taken;
  private long number = System.currentTimeMillis() * 1_000_000;
  private long unmeasuredBytes = MEASURE_BYTES;
  private int unmeasured;

  /// @param spool the folder that `inbox` reads
  /// @param stateFolder where ids are remembered
  public CamelEdge(CamelSource source, SourceRun run, Path spool, Path stateFolder, Intake inbox) {
    this.source = source;
    this.run = run;
    this.spool = spool;
    this.stateFolder = stateFolder;
    this.inbox = inbox;
    this.starter = Thread.ofPlatform().daemon().name("camel-" + source.name()).unstarted(this::run);
  }

  @Override
  public void start() {
    inbox.start();
    starter.start();
  }

  @Override
  public void stop() {
    run.gate().shut();
    starter.interrupt();
    try {
      starter.join(Duration.ofSeconds(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    DefaultCamelContext open = context;
    if (open != null) {
      open.stop();
    }
    inbox.stop();
    synchronized (this) {
      try {
        if (taken != null) {
          taken.close();
        }
      } catch (IOException e) {
        LOG.warn("The ids of a source could not be closed source={}", source.name(), e);
      }
    }
  }

  @Override
  public boolean isFinished(String stream) {
    return inbox.isFinished(stream);
  }

  @Override
  public SourceStatus status() {
    SourceStatus read = inbox.status();
    return new SourceStatus(
        read.name(),
        "camel",
        read.health().worse(edge),
        read.epoch(),
        read.streams(),
        read.measured(),
        read.inFlightBytes(),
        read.files());
  }

  /// Tries until the component is there; from then on it looks after itself.
  private void run() {
    Backoff backoff = run.paces().unavailable().start();
    try {
      while (context == null) {
        DefaultCamelContext made = new DefaultCamelContext();
        try {
          Files.createDirectories(spool);
          connect(made);
          context = made;
          edge = Health.RUNNING;
          LOG.info("A component delivers source={}", source.name());
        } catch (Exception | LinkageError e) { // of a component without all its jars
          made.stop();
          Throwable root = e;
          while (root.getCause() != null) {
            root = root.getCause();
          }
          Health now =
              new Health(
                  SourceState.WAITING,
                  root.getMessage() == null ? root.toString() : root.getMessage());
          if (!now.equals(edge)) {
            LOG.warn("A component does not start source={} why={}", source.name(), now.why());
          }
          edge = now;
          run.gate().pause(backoff.next());
        }
      }
    } catch (InterruptedException e) {
      // the end
    }
  }

  private void connect(DefaultCamelContext made) throws Exception {
    made.getCamelContextExtension().setName("millrace-" + source.name());
    made.getShutdownStrategy().setTimeout(SHUTDOWN_SECONDS);
    made.addRoutes(
        new RouteBuilder() {
          @Override
          public void configure() {
            errorHandler(noErrorHandler());
            from(source.uri()).routeId("edge-" + source.name()).process(CamelEdge.this::take);
          }
        });
    made.start();
  }

  /// Returns when the object is durable.
  private void take(Exchange exchange) throws Exception {
    run.gate().pass();
    try {
      Optional<String> id = source.id().map(text -> evaluated(exchange, text));
      String name = safe(evaluated(exchange, source.file().orElse("${header.CamelFileName}")));
      synchronized (this) {
        if (id.isPresent() && ids().holds(InboxContents.named(id.get()))) {
          return;
        }
        awaitSpace();
        if (!write(exchange, name)) {
          return;
        }
        if (id.isPresent()) {
          ids()
              .add(List.of(InboxContents.named(id.get())), LocalDate.now(run.clock()).toEpochDay());
        }
      }
      edge = Health.RUNNING;
    } catch (IOException e) {
      edge = new Health(SourceState.WAITING, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private InboxContents ids() throws IOException {
    InboxContents open = taken;
    if (open == null) {
      open = new InboxContents(stateFolder, "ids", LocalDate.now(run.clock()).toEpochDay());
      taken = open;
    }
    return open;
  }

  private static String evaluated(Exchange exchange, String text) {
    Language simple = exchange.getContext().resolveLanguage("simple");
    String value = simple.createExpression(text).evaluate(exchange, String.class);
    return value == null ? "" : value;
  }

  /// The last part of a path, without what a file name may not hold or an inbox would pass over.
  private static String safe(String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    StringBuilder safe = new StringBuilder();
    for (int i = Math.max(0, last.length() - MAX_NAME); i < last.length(); i++) {
      char c = last.charAt(i);
      safe.append(c > ' ' && c < 0x7F && c != '\\' ? c : '_');
    }
    return safe.isEmpty() ? "object.ndjson" : safe.toString();
  }

  /// False when there is no body.
  private boolean write(Exchange exchange, String name) throws IOException {
    Path part = spool.resolve(".arriving");
    long bytes;
    try (InputStream body = exchange.getMessage().getBody(InputStream.class)) {
      if (body == null) {
        return false;
      }
      bytes = copy(body, part);
    }
    Files.move(
        part, spool.resolve("%019d-%s".formatted(number++, name)), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel folder = FileChannel.open(spool, StandardOpenOption.READ)) {
      folder.force(true);
    }
    unmeasuredBytes += bytes;
    unmeasured++;
    return true;
  }

  /// Durable when it returns.
  private static long copy(InputStream body, Path to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(256 << 10);
    try (ReadableByteChannel in = Channels.newChannel(body);
        FileChannel out =
            FileChannel.open(
                to,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
      while (in.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
        buffer.clear();
      }
      out.force(true);
      return out.size();
    }
  }

  private void awaitSpace() throws IOException, InterruptedException {
    if (unmeasuredBytes < MEASURE_BYTES && unmeasured < MEASURE_OBJECTS) {
      return;
    }
    while (size(spool) + size(spool.resolve(".millrace").resolve("work")) > source.spoolBytes()) {
      run.gate().pause(FULL);
    }
    unmeasuredBytes = 0;
    unmeasured = 0;
  }

  private static long size(Path folder) throws IOException {
    long bytes = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
      }
    } catch (NoSuchFileException notThereOrGone) {
      return bytes;
    }
    return bytes;
  }
}
