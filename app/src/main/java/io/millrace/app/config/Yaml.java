package io.millrace.app.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// YAML text as a [Tree] that knows its lines. No objects are made from tags; aliases are bounded.
final class Yaml {
  /// More than any hand-written file has; stops a file that doubles itself through aliases.
  private static final int MAX_ALIASES = 50;

  private final List<String> faults;
  private final IntFunction<Origin> originOfLine;

  private Yaml(List<String> faults, IntFunction<Origin> originOfLine) {
    this.faults = faults;
    this.originOfLine = originOfLine;
  }

  /// The fields of a file; what is wrong with it is added to `faults`.
  static Tree.Fields file(Path file, List<String> faults) {
    var yaml = new Yaml(faults, line -> new Origin.File(file, line));
    Tree.Fields nothing = Tree.Fields.empty(new Origin.File(file, 1));
    String text;
    try {
      text = Files.readString(file);
    } catch (MalformedInputException notUtf8) {
      faults.add(file + ": not UTF-8 text");
      return nothing;
    } catch (IOException e) {
      faults.add(file + ": cannot be read: " + BadConfiguration.reason(e));
      return nothing;
    }
    Optional<Tree> root = yaml.parse(text, file.toString());
    if (root.isEmpty()) {
      return nothing;
    }
    return switch (root.get()) {
      case Tree.Fields fields -> fields;
      case Tree.Scalar scalar when scalar.isNull() -> nothing;
      case Tree.Scalar scalar -> {
        faults.add(scalar.origin() + ": expected keys with values, got one value");
        yield nothing;
      }
      case Tree.Items items -> {
        faults.add(items.origin() + ": expected keys with values, got a list");
        yield nothing;
      }
    };
  }

  /// A value from an environment variable or a flag: JSON if it looks like a list or object, else a
  /// plain text.
  static Tree value(String text, Origin origin, List<String> faults) {
    String t = text.strip();
    if (t.startsWith("[") || t.startsWith("{")) {
      return new Yaml(faults, line -> origin)
          .parse(t, origin.toString())
          .orElseGet(() -> Tree.plain("", origin));
    }
    return Tree.plain(text, origin);
  }

  private Optional<Tree> parse(String text, String name) {
    LoadSettings settings =
        LoadSettings.builder().setLabel(name).setMaxAliasesForCollections(MAX_ALIASES).build();
    try {
      return new Compose(settings).composeString(text).map(this::tree);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(m -> m.getLine() + 1).orElse(1);
      faults.add(originOfLine.apply(line) + ": not valid YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      faults.add(name + ": not valid YAML: " + e.getMessage());
    }
    return Optional.empty();
  }

  private Tree tree(Node node) {
    Origin origin =
        originOfLine.apply(node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1));
    return switch (node) {
      case ScalarNode scalar ->
          new Tree.Scalar(scalar.getValue(), scalar.getScalarStyle() == ScalarStyle.PLAIN, origin);
      case SequenceNode sequence -> {
        var items = new ArrayList<Tree>();
        for (Node item : sequence.getValue()) {
          items.add(tree(item));
        }
        yield new Tree.Items(items, origin);
      }
      case MappingNode mapping -> {
        var fields = new LinkedHashMap<String, Tree>();
        for (NodeTuple tuple : mapping.getValue()) {
          Tree key = tree(tuple.getKeyNode());
          if (key instanceof Tree.Scalar(var name, var plain, var at)) {
            if (fields.put(name, tree(tuple.getValueNode())) != null) {
              faults.add(at + ": " + name + " is given twice");
            }
          } else {
            faults.add(key.origin() + ": a key must be a plain text");
          }
        }
        yield new Tree.Fields(fields, origin);
      }
      default -> throw new IllegalStateException("unknown YAML node " + node.getNodeType());
    };
  }
}
