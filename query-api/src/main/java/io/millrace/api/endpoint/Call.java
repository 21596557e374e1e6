package io.millrace.api.endpoint;

import io.millrace.api.WriteGateway.Wait;
import io.millrace.api.auth.Grant;
import io.millrace.api.json.JsonIn;
import io.millrace.api.json.Names;
import io.millrace.api.slow.Searches;
import io.millrace.api.status.Fault;
import io.millrace.inference.Embeddings;
import io.millrace.model.Deadline;
import io.millrace.model.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/// A request as an endpoint sees it. Ask in the order of Qdrant's checks: path, body, query
/// parameters, and only then the collection, its strict mode and [#refuse].
///
/// @param path decoded path parameters by name
/// @param query decoded query parameters, the last of equal names
/// @param grant what the caller may do beside what the route asked for
/// @param refusals what the body was found to ask for in vain when it was read
/// @param searches is told what is searched for
public record Call(
    Map<String, String> path,
    Map<String, String> query,
    Body body,
    Limits limits,
    Grant grant,
    List<Failure> refusals,
    Searches searches) {

  public Call(
      Map<String, String> path, Map<String, String> query, Body body, Limits limits, Grant grant) {
    this(path, query, body, limits, grant, new ArrayList<>(1), new Searches());
  }

  /// The same request in other words.
  public Call with(Map<String, String> newPath, Map<String, String> newQuery, Body newBody) {
    return new Call(newPath, newQuery, newBody, limits, grant, new ArrayList<>(1), searches);
  }

  /// The request's JSON body, read once.
  public interface Body {
    <T> T read(Function<JsonIn, T> shape);

    /// What its texts are embedded by.
    default Embeddings embeddings() {
      return Embeddings.none();
    }

    /// The same body as a form with a file in it.
    default Upload upload() {
      throw new IllegalStateException("this route takes no file");
    }

    /// Whether the request has one.
    default boolean isThere() {
      return true;
    }
  }

  /// Times for requests that name none.
  public record Limits(Duration read, Duration write) {}

  /// The `{collection_name}` of the path.
  public String collection() {
    String name = path("collection_name");
    if (!Names.isLength(name)) {
      throw Fault.validation(
          "path parameters",
          "name: value \""
              + name
              + "\" invalid, must be from 1 to "
              + Names.COLLECTION_CHARS
              + " characters");
    }
    if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
      throw Fault.validation(
          "path parameters",
          "name: collection name cannot contain \""
              + (name.indexOf('/') >= 0 ? "/" : "\\0")
              + "\" char");
    }
    return name;
  }

  /// The `{collection_name}` of a path that shall bring it into being.
  public String newCollection() {
    String name = collection();
    Names.banned(name)
        .ifPresent(c -> {
          throw Fault.validation(
              "path parameters", "name: collection name cannot contain \"" + c + "\" char");
        });
    if (name.equals(".") || name.equals("..")) {
      throw Fault.validation("path parameters", "name: collection name cannot be \"" + name + "\"");
    }
    return name;
  }

  /// Whether the route has that parameter.
  public boolean hasPath(String name) {
    return path.containsKey(name);
  }

  public String path(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no parameter " + name);
    }
    return value;
  }

  public <T> T body(Function<JsonIn, T> shape) {
    return body.read(in -> {
      T read = shape.apply(in);
      in.violations().refusal().ifPresent(refusals::add);
      return read;
    });
  }

  /// Throws what the body asks for in vain, as a shard key: the last check before the work.
  public void refuse() {
    if (!refusals.isEmpty()) {
      throw refusals.getFirst();
    }
  }

  public Upload upload() {
    return body.upload();
  }

  public boolean hasBody() {
    return body.isThere();
  }

  /// A whole number that a parameter gives.
  public OptionalLong number(String name) {
    return seconds(name);
  }

  /// The `timeout` of a wait that is no read of points, with a default of its own.
  public Duration patience(Duration otherwise) {
    OptionalLong timeout = seconds("timeout");
    return timeout.isPresent() ? bounded(timeout.getAsLong()) : otherwise;
  }

  /// For reads of points: checks `consistency`, which has no effect on one node, and `timeout`.
  public Deadline readDeadline() {
    checkConsistency();
    OptionalLong timeout = seconds("timeout");
    if (timeout.isPresent() && timeout.getAsLong() == 0) {
      throw Fault.queryParameter("invalid value: integer `0`, expected a nonzero usize");
    }
    return Deadline.in(timeout.isPresent() ? bounded(timeout.getAsLong()) : limits.read());
  }

  /// The `timeout` in seconds, unsigned, if the request names one.
  public OptionalLong namedTimeout() {
    return seconds("timeout");
  }

  /// For the other routes with a `timeout`, where 0 is out of range.
  public Deadline serviceDeadline() {
    OptionalLong timeout = seconds("timeout");
    if (timeout.isPresent() && timeout.getAsLong() == 0) {
      throw Fault.validation("query parameters", "timeout: value 0 invalid, must be 1 or larger");
    }
    return Deadline.in(timeout.isPresent() ? bounded(timeout.getAsLong()) : limits.read());
  }

  /// For writes of points: `wait`, `timeout`, and `ordering`, which has no effect on one node.
  public Wait waiting() {
    boolean waits = flag("wait", false);
    OptionalLong timeout = seconds("timeout");
    Optional<String> ordering = Optional.ofNullable(query.get("ordering"));
    if (ordering.isPresent()) {
      switch (ordering.get()) {
        case "weak", "medium", "strong" -> {}
        default ->
            throw Fault.queryParameter(
                "unknown variant `"
                    + ordering.get()
                    + "`, expected one of `weak`, `medium`, `strong`");
      }
    }
    if (!waits) {
      return new Wait.None();
    }
    return new Wait.Searchable(timeout.isPresent() ? bounded(timeout.getAsLong()) : limits.write());
  }

  public boolean flag(String name, boolean otherwise) {
    String value = query.get(name);
    if (value == null) {
      return otherwise;
    }
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw Fault.queryParameter("provided string was not `true` or `false`");
    };
  }

  private OptionalLong seconds(String name) {
    String value = query.get(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (value.isEmpty()) {
      throw Fault.queryParameter("cannot parse integer from empty string");
    }
    if (!isDigits(value)) {
      throw Fault.queryParameter("invalid digit found in string");
    }
    try {
      return OptionalLong.of(Long.parseUnsignedLong(value));
    } catch (NumberFormatException e) {
      throw Fault.queryParameter("number too large to fit in target type");
    }
  }

  private static boolean isDigits(String value) {
    return value.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /// No wait needs more than a day; longer ones would overflow the clock.
  private static Duration bounded(long seconds) {
    long day = Duration.ofDays(1).toSeconds();
    return Duration.ofSeconds(seconds < 0 ? day : Math.min(seconds, day));
  }

  private void checkConsistency() {
    String value = query.get("consistency");
    if (value == null) {
      return;
    }
    boolean isRead =
        switch (value) {
          case "", "all", "majority", "quorum" -> true;
          default -> isDigits(value) && !value.matches("0+");
        };
    if (!isRead) {
      throw Fault.queryParameter("failed to deserialize read consistency query parameter value");
    }
  }
}
