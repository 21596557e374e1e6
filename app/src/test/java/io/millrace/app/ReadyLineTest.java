package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// The last line of a start.
@Timeout(120)
class ReadyLineTest {
  @TempDir Path folder;
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger("ROOT");
  private Level before;

  @BeforeEach
  void listen() {
    before = root.getLevel();
    root.setLevel(Level.INFO);
    lines.start();
    root.addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(lines);
    root.setLevel(before);
  }

  private String ready() {
    List<String> ready =
        List.copyOf(lines.list).stream()
            .map(ILoggingEvent::getFormattedMessage)
            .filter(line -> line.startsWith("Ready shape="))
            .toList();
    lines.list.clear();
    return ready.getFirst();
  }

  /// What a crash would leave.
  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(each).toString());
        Files.createDirectories(target.getParent());
        Files.copy(each, target);
      }
    }
  }

  @Test
  void it_tells_what_is_there_and_how_many_operations_came_back_from_the_log() throws Exception {
    try (LocalServer server = new LocalServer(folder.resolve("first"), "")) {
      assertThat(ready()).contains(" collections=0 points=0 replayed=0 seconds=");
      server.create("c", "{'vectors':{'size':2,'distance':'Dot'}}");
      for (int id = 1; id <= 3; id++) {
        server.ask(
            "PUT",
            "/collections/c/points?wait=true",
            "{'points':[{'id':%d,'vector':[1,2]}]}".formatted(id));
      }
      copy(server.data(), folder.resolve("second").resolve("data"));
    }
    try (LocalServer server = new LocalServer(folder.resolve("second"), "")) {
      assertThat(ready())
          .contains(
              "rest=" + server.url(),
              "data=" + server.data(),
              " collections=1 points=3 replayed=3 seconds=");
      server.restart();
      assertThat(ready()).contains(" collections=1 points=3 replayed=0 seconds=");
    }
  }
}
