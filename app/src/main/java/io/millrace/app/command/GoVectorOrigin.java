package io.millrace.app.command;

import io.millrace.app.govector.DamagedFile;
import io.millrace.app.govector.GoVectorFile;
import io.millrace.app.govector.GoVectorPoint;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The file of a GoVector database. Collections are made by GoVector's own create call, so that its
/// ids go on working.
final class GoVectorOrigin implements MigrationOrigin {
  private static final int PAGE = 500;

  /// Of one request, far below what a server takes.
  private static final int PAGE_CHARACTERS = 4 << 20;

  private final Path path;
  private final GoVectorFile file;
  private Optional<Place> place = Optional.empty();

  /// Where the walk through a collection stands.
  ///
  /// @param done points before it
  private record Place(String name, long done, GoVectorFile.Points points) {}

  private GoVectorOrigin(Path path, GoVectorFile file) {
    this.path = path;
    this.file = file;
  }

  static GoVectorOrigin open(Path path) {
    return orFailure(() -> {
      try {
        return new GoVectorOrigin(path, GoVectorFile.open(path));
      } catch (NoSuchFileException e) {
        throw new CommandFailure("there is no file " + path, e);
      } catch (IOException e) {
        throw new CommandFailure(path + " cannot be read: " + e.getMessage(), e);
      }
    });
  }

  private static <T> T orFailure(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (DamagedFile e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public String address() {
    return "govector:" + file.version();
  }

  @Override
  public List<String> names() {
    return file.names();
  }

  @Override
  public boolean create(String name, Remote to) {
    Optional<ObjectNode> body = orFailure(() -> file.createBody(name));
    if (body.isEmpty()) {
      System.err.println(
          "millrace: collection "
              + name
              + " has neither metadata nor points, so nothing says its dimension; it is left out");
      return false;
    }
    String path = "/collections/" + Remote.step(name);
    if (!to.result("GET", path + "/exists", "").path("exists").booleanValue()) {
      to.result("POST", "/collections", body.get().toString());
    } else if (!isMarked(to, path)) {
      throw new CommandFailure(
          "collection "
              + name
              + " is there already and was not made by GoVector's create call, so it takes no ids"
              + " that are text; delete it, or choose others with --collection");
    }
    return true;
  }

  private static boolean isMarked(Remote to, String path) {
    return to.result("GET", path, "")
        .path("config")
        .path("metadata")
        .path("dialect")
        .asString("")
        .equals("govector");
  }

  @Override
  public long count(String name) {
    return orFailure(() -> file.count(name));
  }

  /// A page begins with a number of points to pass over.
  @Override
  public Page page(String name, Optional<String> from) {
    long begin = from.map(Long::parseLong).orElse(0L);
    GoVectorFile.Points points =
        place
            .filter(at -> at.name().equals(name) && at.done() == begin)
            .map(Place::points)
            .orElseGet(() -> orFailure(() -> file.points(name, begin)));
    List<String> page = new ArrayList<>();
    long approximate = 0;
    int characters = 0;
    while (page.size() < PAGE && characters < PAGE_CHARACTERS) {
      Optional<GoVectorPoint> point = orFailure(points::next);
      if (point.isEmpty()) {
        return new Page(page, Optional.empty(), approximate);
      }
      page.add(point.get().json());
      characters += point.get().json().length();
      approximate += point.get().isApproximate() ? 1 : 0;
    }
    long done = begin + page.size();
    place = Optional.of(new Place(name, done, points));
    return new Page(page, Optional.of(Long.toString(done)), approximate);
  }

  /// Of the first points, one page at most.
  @Override
  public Optional<Comparison.Result> compare(String name, Remote to, int samples) {
    List<JsonNode> drawn =
        page(name, Optional.empty()).points().stream()
            .limit(samples)
            .map(point -> Texts.json(point, "point"))
            .toList();
    return Optional.of(Comparison.ofDrawn(drawn, count(name), new Comparison.Side(to, name)));
  }

  @Override
  public void finish(List<String> names, Remote to) {
    if (orFailure(file::isChanged)) {
      throw new CommandFailure(
          path + " was written to while it was read; stop GoVector and run this again");
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
