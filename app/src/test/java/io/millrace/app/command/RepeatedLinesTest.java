package io.millrace.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Log lines that come again and again.
class RepeatedLinesTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final LoggerContext context = new LoggerContext();
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND); // goes over
  private final RepeatedLines lines = new RepeatedLines(now::get);
  private final ListAppender<ILoggingEvent> written = new ListAppender<>();
  private final Logger log = logger("Kafka");

  private Logger logger(String name) {
    Logger logger = context.getLogger(name);
    logger.setLevel(Level.INFO);
    return logger;
  }

  @BeforeEach
  void start() {
    written.start();
    lines.add(written);
    lines.start(); // without a context: no timer, the test says when
    context.getLogger("ROOT").addAppender(lines);
  }

  @AfterEach
  void stop() {
    context.stop();
  }

  private List<String> texts() {
    return written.list.stream()
        .map(event ->
            event.getFormattedMessage()
                + (event.getKeyValuePairs() == null ? "" : " " + event.getKeyValuePairs()))
        .toList();
  }

  @Test
  void a_line_that_comes_again_is_written_once_and_then_with_its_count() {
    for (int i = 0; i < 5; i++) {
      log.warn("the broker {} is away", "b1");
    }
    log.warn("the broker {} is away", "b2");

    assertThat(texts()).containsExactly("the broker b1 is away", "the broker b2 is away");

    now.addAndGet(10 * SECOND - 1);
    lines.tellEnded();
    assertThat(texts()).hasSize(2);
    now.addAndGet(1);
    lines.tellEnded();
    assertThat(texts().subList(2, texts().size()))
        .containsExactly("the broker b1 is away [repeated=\"4\"]");
    assertThat(written.list.getLast().getLevel()).isEqualTo(Level.WARN);
    assertThat(written.list.getLast().getLoggerName()).isEqualTo("Kafka");

    log.warn("the broker {} is away", "b1");
    assertThat(texts().getLast()).isEqualTo("the broker b1 is away");
  }

  @Test
  void another_line_tells_what_ended_before_it() {
    log.warn("away");
    log.warn("away");
    now.addAndGet(11 * SECOND);
    log.warn("back");

    assertThat(texts()).containsExactly("away", "away [repeated=\"1\"]", "back");
  }

  @Test
  void levels_loggers_pairs_and_exceptions_tell_lines_apart() {
    log.warn("x");
    log.info("x");
    logger("other").warn("x");
    log.atWarn().addKeyValue("n", 1).log("x");
    log.atWarn().addKeyValue("n", 2).log("x");
    log.warn("x", new IllegalStateException("a"));
    log.warn("x", new IllegalStateException("b"));
    log.warn("x", new IllegalStateException("b", new RuntimeException("c")));

    assertThat(texts()).hasSize(8);
  }

  @Test
  void each_line_of_a_request_is_written() {
    for (String name : List.of("access", "slow")) {
      logger(name).info("A request was answered");
      logger(name).info("A request was answered");
    }

    assertThat(texts()).hasSize(4);
  }

  @Test
  void what_is_remembered_has_a_bound() {
    log.warn("first");
    log.warn("first");
    for (int i = 0; i < RepeatedLines.REMEMBERED; i++) {
      log.warn("line {}", i);
    }
    assertThat(texts()).contains("first [repeated=\"1\"]");

    String large = "x".repeat(1 << 20);
    log.warn(large);
    log.warn(large);
    assertThat(written.list.stream().filter(e -> e.getFormattedMessage().equals(large))).hasSize(2);
  }

  @Test
  void the_end_of_the_log_tells_what_is_left() {
    log.warn("away");
    log.warn("away");

    context.stop();

    assertThat(texts()).containsExactly("away", "away [repeated=\"1\"]");
  }

  @Test
  @Timeout(20)
  void nothing_else_must_come_for_the_count_to_be_told() throws InterruptedException {
    CountDownLatch told = new CountDownLatch(2);
    AtomicLong ahead = new AtomicLong();
    RepeatedLines ending = new RepeatedLines(() -> System.nanoTime() + ahead.get());
    ending.setContext(context);
    AppenderBase<ILoggingEvent> place =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            told.countDown();
          }
        };
    place.start();
    ending.add(place);
    ending.start();
    Logger alone = logger("alone");
    alone.setAdditive(false);
    alone.addAppender(ending);

    alone.warn("away");
    ahead.set(10 * SECOND - SECOND / 10); // a tenth of a second is left
    alone.warn("away");

    told.await();
  }
}
