package io.millrace.api.http;

import io.millrace.api.auth.Access;
import io.millrace.api.endpoint.Endpoint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the route of a raw path. Slashes at the end and doubled ones do not count; a segment is
/// decoded after it was cut out, so an encoded slash never makes a new segment. A literal segment
/// wins over a parameter.
final class Router {
  /// @param template as written in the table, `/collections/{collection_name}/points`
  record Route(String method, String template, Access access, Endpoint endpoint) {}

  /// @param parameters decoded, by name
  record Match(Route route, Map<String, String> parameters) {}

  private static final class Node {
    private final Map<String, Node> literals = new HashMap<>();
    private Optional<Node> parameter = Optional.empty();
    private final Map<String, Route> routes = new HashMap<>();
  }

  private final Node root = new Node();

  Router(List<Route> routes) {
    for (Route route : routes) {
      Node node = root;
      for (String segment : segments(route.template())) {
        if (segment.startsWith("{")) {
          Node next = node.parameter.orElseGet(Node::new);
          node.parameter = Optional.of(next);
          node = next;
        } else {
          node = node.literals.computeIfAbsent(segment, _ -> new Node());
        }
      }
      if (node.routes.put(route.method(), route) != null) {
        throw new IllegalArgumentException("two routes: " + route);
      }
    }
  }

  /// Empty for an unknown path and for a known one with another method.
  Optional<Match> find(String method, String rawPath) {
    List<String> segments = segments(rawPath);
    Optional<Route> route = find(root, method, segments, 0);
    return route.map(r -> new Match(r, parameters(r, segments)));
  }

  private static Optional<Route> find(Node node, String method, List<String> segments, int at) {
    if (at == segments.size()) {
      return Optional.ofNullable(node.routes.get(method));
    }
    Node literal = node.literals.get(segments.get(at));
    if (literal != null) {
      Optional<Route> found = find(literal, method, segments, at + 1);
      if (found.isPresent()) {
        return found;
      }
    }
    return node.parameter.flatMap(p -> find(p, method, segments, at + 1));
  }

  private static Map<String, String> parameters(Route route, List<String> segments) {
    Map<String, String> parameters = new LinkedHashMap<>();
    List<String> template = segments(route.template());
    for (int i = 0; i < template.size(); i++) {
      String name = template.get(i);
      if (name.startsWith("{")) {
        parameters.put(name.substring(1, name.length() - 1), decoded(segments.get(i), false));
      }
    }
    return parameters;
  }

  /// The path without the slashes that do not count.
  static String plain(String rawPath) {
    return "/" + String.join("/", segments(rawPath));
  }

  private static List<String> segments(String path) {
    List<String> segments = new ArrayList<>(8);
    int start = 0;
    while (start <= path.length()) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      if (end > start) {
        segments.add(path.substring(start, end));
      }
      start = end + 1;
    }
    return segments;
  }

  /// The parameters after the question mark; of equal names the last counts.
  static Map<String, String> query(String rawQuery) {
    if (rawQuery.isEmpty()) {
      return Map.of();
    }
    Map<String, String> parameters = new HashMap<>();
    for (String pair : rawQuery.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      if (!name.isEmpty()) {
        parameters.put(decoded(name, true), decoded(value, true));
      }
    }
    return parameters;
  }

  /// Replaces `%xx` by bytes and reads all as UTF-8; what is no such escape stays as it is.
  ///
  /// @param text as it came in, one byte a character
  static String decoded(String text, boolean plusIsSpace) {
    if (text.chars().allMatch(c -> c < 0x80 && c != '%' && !(plusIsSpace && c == '+'))) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    byte[] raw = text.getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '%' && i + 2 < raw.length && hex(raw[i + 1]) >= 0 && hex(raw[i + 2]) >= 0) {
        bytes.write(hex(raw[i + 1]) << 4 | hex(raw[i + 2]));
        i += 2;
      } else {
        bytes.write(plusIsSpace && raw[i] == '+' ? ' ' : raw[i]);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int hex(byte b) {
    return b < 0 ? -1 : Character.digit(b, 16);
  }
}
