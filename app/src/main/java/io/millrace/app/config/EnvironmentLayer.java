package io.millrace.app.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The settings that environment variables hold. `MILLRACE__SERVICE__HTTP_PORT` sets
/// `service.http_port`; for keys that Qdrant has too, the same name under `QDRANT__` does, and ours
/// wins. With `_FILE` behind it, a variable names a file that holds the value.
final class EnvironmentLayer {
  private static final String OURS = "MILLRACE__";
  private static final String QDRANT = "QDRANT__";
  private static final String FILE_SUFFIX = "_file";

  private static final Map<String, String> GOVECTOR =
      Map.of(
          "GOVECTOR_PORT", "MILLRACE__SERVICE__HTTP_PORT",
          "GOVECTOR_DB", "MILLRACE__STORAGE__STORAGE_PATH",
          "GOVECTOR_LOG_LEVEL", "MILLRACE__LOG_LEVEL");

  private final List<String> faults;
  private final List<String> warnings;

  private EnvironmentLayer(List<String> faults, List<String> warnings) {
    this.faults = faults;
    this.warnings = warnings;
  }

  static Tree.Fields read(
      Map<String, String> environment, List<String> faults, List<String> warnings) {
    return new EnvironmentLayer(faults, warnings).read(new TreeMap<>(environment));
  }

  private Tree.Fields read(TreeMap<String, String> environment) {
    Tree.Fields layer = Tree.Fields.empty(new Origin.Environment("variables"));
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      String name = variable.getKey();
      if (name.startsWith(QDRANT)) {
        String path = path(name, QDRANT);
        if (!isQdrantKey(path)) {
          ignored(path, name, variable.getValue()).ifPresent(warnings::add);
        } else {
          layer = layer.with(value(path, name, variable.getValue()));
          String ours = OURS + name.substring(QDRANT.length());
          String other = environment.get(ours);
          if (other != null && !other.equals(variable.getValue())) {
            warnings.add(name + " and " + ours + " differ; the second one counts");
          }
        }
      } else if (GOVECTOR.containsKey(name)) {
        warnings.add(name + " is not read; the same is set by " + GOVECTOR.get(name));
      }
    }
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      String name = variable.getKey();
      if (name.startsWith(OURS)) {
        layer = layer.with(value(path(name, OURS), name, variable.getValue()));
      }
    }
    return layer;
  }

  private static String path(String variable, String prefix) {
    return variable.substring(prefix.length()).toLowerCase(Locale.ROOT).replace("__", ".");
  }

  private static Optional<String> ignored(String path, String name, String value) {
    Optional<String> reason = WithoutEffect.reason(path);
    if (reason.isEmpty()) {
      return Optional.of(name + " is not a key Millrace has; it is left alone");
    }
    return reason
        .filter(_ -> WithoutEffect.isTold(path, Tree.plain(value, new Origin.Environment(name))))
        .map(why -> name + " has no effect: " + why);
  }

  private static boolean isQdrantKey(String asGiven) {
    String path = Renamed.now(asGiven).orElse(asGiven);
    if (Keys.isBelowKey(path)) { // those that take keys of any names are all Qdrant's
      return true;
    }
    return Keys.find(path)
        .or(() -> path.endsWith(FILE_SUFFIX) ? Keys.find(withoutSuffix(path)) : Keys.find(path))
        .filter(Key::isQdrant)
        .isPresent();
  }

  private static String withoutSuffix(String path) {
    return path.substring(0, path.length() - FILE_SUFFIX.length());
  }

  private Tree.Fields value(String path, String variable, String text) {
    Origin origin = new Origin.Environment(variable);
    if (path.endsWith(FILE_SUFFIX)
        && Keys.find(path).isEmpty()
        && Keys.find(withoutSuffix(path)).isPresent()) {
      return Tree.at(
          Configuration.steps(withoutSuffix(path)), Tree.plain(contents(variable, text), origin));
    }
    return Tree.at(Configuration.steps(path), Yaml.value(text, origin, faults));
  }

  private String contents(String variable, String file) {
    try {
      return Files.readString(Path.of(file)).stripTrailing();
    } catch (IOException e) {
      faults.add("environment " + variable + ": " + file + ": " + BadConfiguration.reason(e));
    } catch (InvalidPathException e) {
      faults.add("environment " + variable + ": not a path: " + file);
    }
    return "";
  }
}
