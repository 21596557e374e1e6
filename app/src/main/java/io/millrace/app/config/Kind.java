package io.millrace.app.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What values a key takes.
///
/// @param expected ends the sentence "expected …"
/// @param parse reads a value; throws [Refused] for one that is not as expected
record Kind<T>(String expected, Function<Tree, T> parse) {

  /// A value that is not what its key takes. The message, if any, replaces "expected …, got …".
  static final class Refused extends RuntimeException {
    Refused(String message) {
      super(message);
    }
  }

  T read(String path, Tree value) {
    try {
      return parse.apply(value);
    } catch (Refused refused) {
      String said = refused.getMessage();
      throw new Refused(
          value.origin()
              + ": "
              + path
              + ": "
              + (said == null || said.isEmpty() ? "expected " + expected : said)
              + ", got "
              + value);
    }
  }

  static Kind<String> text() {
    return new Kind<>("a text", Kind::scalar);
  }

  static Kind<Boolean> bool() {
    return new Kind<>(
        "true or false",
        value ->
            switch (scalar(value).toLowerCase(Locale.ROOT)) {
              case "true", "1" -> true;
              case "false", "0" -> false;
              default -> throw new Refused("");
            });
  }

  static Kind<Integer> whole(int least, int most) {
    return new Kind<>(
        "a whole number from " + least + " to " + most,
        value -> {
          try {
            int number = Integer.parseInt(scalar(value));
            if (number >= least && number <= most) {
              return number;
            }
          } catch (NumberFormatException notANumber) {
            // answered below, like a number out of range
          }
          throw new Refused("");
        });
  }

  /// Seconds with a fraction, at most a day.
  static Kind<Duration> seconds() {
    return new Kind<>(
        "seconds from 0 to 86400",
        value -> {
          try {
            double seconds = Double.parseDouble(scalar(value));
            if (seconds >= 0 && seconds <= 86_400) {
              return Duration.ofNanos(Math.round(seconds * 1e9));
            }
          } catch (NumberFormatException notANumber) {
            // answered below, like a number out of range
          }
          throw new Refused("");
        });
  }

  static Kind<Double> share() {
    return new Kind<>(
        "a number from 0 to 1",
        value -> {
          try {
            double share = Double.parseDouble(scalar(value));
            if (share >= 0 && share <= 1) {
              return share;
            }
          } catch (NumberFormatException notANumber) {
            // answered below, like a number out of range
          }
          throw new Refused("");
        });
  }

  static Kind<URI> httpAddress() {
    return new Kind<>(
        "an address like http://localhost:4318/v1/traces",
        value -> {
          try {
            var address = new URI(scalar(value));
            String scheme = String.valueOf(address.getScheme());
            if (address.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
              return address;
            }
          } catch (URISyntaxException notAnAddress) {
            // answered below, like an address of another kind
          }
          throw new Refused("");
        });
  }

  static Kind<Integer> port() {
    return whole(0, 65_535);
  }

  static Kind<Path> path() {
    return new Kind<>(
        "a path",
        value -> {
          String text = scalar(value);
          if (text.isEmpty() || text.indexOf('\0') >= 0) {
            throw new Refused("");
          }
          return Path.of(text);
        });
  }

  static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
    var names = new ArrayList<String>();
    EnumSet.allOf(type).forEach(e -> names.add(e.name().toLowerCase(Locale.ROOT)));
    return new Kind<>(
        "one of " + String.join(", ", names),
        value -> {
          String text = scalar(value).toUpperCase(Locale.ROOT);
          for (E e : EnumSet.allOf(type)) {
            if (e.name().equals(text)) {
              return e;
            }
          }
          throw new Refused("");
        });
  }

  /// An empty text counts as not given.
  static <T> Kind<Optional<T>> optional(Kind<T> kind) {
    return new Kind<>(
        kind.expected,
        value ->
            value instanceof Tree.Scalar s && s.text().isEmpty()
                ? Optional.empty()
                : Optional.of(kind.parse.apply(value)));
  }

  static Kind<List<String>> texts() {
    return new Kind<>(
        "a list of texts",
        value ->
            switch (value) {
              case Tree.Items items -> items.items().stream().map(Kind::scalar).toList();
              case Tree.Scalar s when s.text().isEmpty() -> List.of();
              case Tree.Scalar s -> throw new Refused("");
              case Tree.Fields f -> throw new Refused("");
            });
  }

  /// Fields of any names, as JSON.
  static Kind<JsonNode> fields() {
    return new Kind<>(
        "further keys",
        value ->
            switch (value) {
              case Tree.Fields f -> Template.json(f);
              case Tree.Scalar s when s.text().isEmpty() || s.isNull() ->
                  JsonNodeFactory.instance.objectNode();
              case Tree.Scalar s -> throw new Refused("");
              case Tree.Items i -> throw new Refused("");
            });
  }

  static Kind<List<URI>> httpAddresses() {
    Kind<URI> one = httpAddress();
    Kind<List<String>> texts = texts();
    return new Kind<>(
        "a list of addresses like https://backups.example.com/millrace/",
        value ->
            texts.parse.apply(value).stream()
                .map(text -> one.parse.apply(Tree.text(text, value.origin())))
                .toList());
  }

  private static String scalar(Tree value) {
    return switch (value) {
      case Tree.Scalar s -> s.text();
      case Tree.Items i -> throw new Refused("");
      case Tree.Fields f -> throw new Refused("");
    };
  }
}
