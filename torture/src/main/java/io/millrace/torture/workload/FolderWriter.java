package io.millrace.torture.workload;

import io.millrace.torture.history.Event;
import io.millrace.torture.history.History;
import io.millrace.torture.history.RawJson;
import io.millrace.torture.workload.Streams.Next;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// Drops files into a folder, plain or with gzip, whole and in the order of their names, and looks
/// where they end up. The lines of all files are one stream.
public final class FolderWriter {
  private static final int PACKED_PERCENT = 30;

  private final String source;
  private final Path inbox;
  private final Streams streams;
  private final History history;
  private final Draw draw;
  private final Map<String, Long> linesByName = new LinkedHashMap<>();
  private long lines;

  public FolderWriter(String source, Path inbox, Streams streams, History history, Draw draw) {
    this.source = source;
    this.inbox = inbox;
    this.streams = streams;
    this.history = history;
    this.draw = draw;
  }

  /// A file of that many lines at most; files of one line are as likely as large ones.
  public void drop(int mostLines) {
    List<Next> content = new ArrayList<>();
    for (int i = draw.percent(25) ? 1 : draw.between(1, mostLines); i > 0; i--) {
      content.add(streams.next(0));
    }
    drop(content);
  }

  /// A file with the marks of a round.
  public void dropMarks(int round) {
    drop(streams.marks(0, round));
  }

  public int files() {
    return linesByName.size();
  }

  /// Whether no file is waiting or at work any more.
  public boolean isEmpty() {
    return names(inbox).isEmpty() && names(inbox.resolve(".millrace").resolve("work")).isEmpty();
  }

  /// Notes for every file dropped so far where it is and what was reported, and the dead letters.
  ///
  /// @param deadLetters folder of the dead letters of the source
  public void look(Path deadLetters) {
    Map<String, List<String>> places = new LinkedHashMap<>();
    linesByName.keySet().forEach(name -> places.put(name, new ArrayList<>()));
    Map<String, List<String>> reports = new LinkedHashMap<>();
    place("waiting", names(inbox), places);
    place("work", names(inbox.resolve(".millrace").resolve("work")), places);
    for (String end : List.of("done", "failed")) {
      for (Path day : folders(inbox.resolve(end))) {
        place(end, names(day), places);
        for (String report : linesOf(day.resolve("reports.ndjson"))) {
          String name = RawJson.text(RawJson.fields(report).getOrDefault("name", "\"\""));
          reports.computeIfAbsent(name, key -> new ArrayList<>()).add(report);
        }
      }
    }
    linesByName.forEach((name, count) ->
        history.add(
            new Event.Dropped(
                name,
                count,
                places.getOrDefault(name, List.of()),
                reports.getOrDefault(name, List.of()))));

    Set<String> letters = new HashSet<>();
    for (String name : names(deadLetters)) {
      for (String letter : linesOf(deadLetters.resolve(name))) {
        letters.add(RawJson.fields(letter).getOrDefault("id", letter));
      }
    }
    history.add(new Event.DeadLetters(source, letters.size()));
  }

  private void drop(List<Next> content) {
    boolean packed = draw.percent(PACKED_PERCENT);
    String name = "f-%06d.ndjson%s".formatted(linesByName.size(), packed ? ".gz" : "");
    var text = new StringBuilder();
    for (Next next : content) {
      lines++;
      Wire wire =
          next.change()
              .map(change -> Wire.line(next.collection(), change))
              .orElseGet(() -> Wire.bad(draw, next.collection()));
      text.append(wire.value().orElse("")).append(draw.percent(2) ? "\r\n" : "\n");
      history.add(new Event.Logged(next.collection(), source + "/lines", lines, next.change()));
    }
    linesByName.put(name, (long) content.size());
    try {
      Path hidden = inbox.resolve("." + name + ".tmp");
      try (OutputStream file = Files.newOutputStream(hidden);
          OutputStream out = packed ? new GZIPOutputStream(file) : file) {
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      }
      Files.move(hidden, inbox.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A name counts where it stands, also behind the number that it is given while at work.
  private static void place(String place, List<String> found, Map<String, List<String>> places) {
    for (String name : found) {
      int dash = name.indexOf('-');
      boolean numbered = dash > 0 && name.substring(0, dash).chars().allMatch(Character::isDigit);
      List<String> here = places.get(numbered ? name.substring(dash + 1) : name);
      if (here != null) {
        here.add(place);
      }
    }
  }

  /// Names of files, hidden ones left out.
  private static List<String> names(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isRegularFile)
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException notThereYet) {
      return List.of();
    }
  }

  private static Set<Path> folders(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return new TreeSet<>(all.filter(Files::isDirectory).toList());
    } catch (IOException notThereYet) {
      return Set.of();
    }
  }

  private static List<String> linesOf(Path file) {
    try {
      return Files.exists(file)
          ? Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList()
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
