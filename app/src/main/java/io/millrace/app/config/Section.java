package io.millrace.app.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Fields of one section as they are read, one after another. Faults are collected; a field that
/// nobody asked for is one of them.
final class Section {
  private final String path;
  private final Tree.Fields fields;
  private final List<String> faults;
  private final Set<String> asked = new TreeSet<>();

  Section(String path, Tree.Fields fields, List<String> faults) {
    this.path = path;
    this.fields = fields;
    this.faults = faults;
  }

  String path() {
    return path;
  }

  Origin origin() {
    return fields.origin();
  }

  /// Absent and null are the same.
  <T> Optional<T> get(String name, Kind<T> kind) {
    return find(name).flatMap(value -> read(path + "." + name, value, kind));
  }

  <T> T get(String name, Kind<T> kind, T otherwise) {
    return get(name, kind).orElse(otherwise);
  }

  /// A field that must be there; without it `otherwise` stands in until the faults are thrown.
  <T> T require(String name, Kind<T> kind, T otherwise) {
    if (find(name).isEmpty()) {
      faults.add(fields.origin() + ": " + path + "." + name + " is missing");
    }
    return get(name, kind, otherwise);
  }

  Optional<Section> section(String name) {
    return find(name).flatMap(value -> section(path + "." + name, value));
  }

  /// Fields of this section that were read by hand, as a section of their own.
  Section under(String name, Tree.Fields inner) {
    return new Section(path + "." + name, inner, faults);
  }

  /// A list of sections.
  List<Section> sections(String name) {
    var sections = new ArrayList<Section>();
    Optional<Tree> found = find(name);
    if (found.isEmpty()) {
      return sections;
    }
    switch (found.get()) {
      case Tree.Items items -> {
        for (int i = 0; i < items.items().size(); i++) {
          section(path + "." + name + "[" + i + "]", items.items().get(i)).ifPresent(sections::add);
        }
      }
      case Tree.Scalar s -> faults.add(s.origin() + ": " + path + "." + name + ": expected a list");
      case Tree.Fields f -> faults.add(f.origin() + ": " + path + "." + name + ": expected a list");
    }
    return sections;
  }

  /// Every field is a section of its own, under a name the user chose.
  Map<String, Section> named() {
    var sections = new LinkedHashMap<String, Section>();
    fields
        .fields()
        .forEach((name, value) -> {
          asked.add(name);
          section(path + "." + name, value).ifPresent(s -> sections.put(name, s));
        });
    return sections;
  }

  /// Every field is a text under a name the user chose.
  Map<String, String> texts() {
    var texts = new LinkedHashMap<String, String>();
    fields
        .fields()
        .forEach((name, value) -> {
          asked.add(name);
          read(path + "." + name, value, Kind.text()).ifPresent(t -> texts.put(name, t));
        });
    return texts;
  }

  /// The fields that were not asked for, for somebody else to read.
  Tree.Fields rest() {
    var rest = new LinkedHashMap<>(fields.fields());
    asked.forEach(rest::remove);
    asked.addAll(fields.fields().keySet());
    return new Tree.Fields(rest, fields.origin());
  }

  /// Nothing more is read: what is left is unknown.
  void end() {
    fields
        .fields()
        .forEach((name, value) -> {
          if (!asked.contains(name)) {
            faults.add(
                value.origin()
                    + ": unknown key "
                    + path
                    + "."
                    + name
                    + Nearest.hint(name, List.copyOf(asked)));
          }
        });
  }

  void fault(String sentence) {
    faults.add(fields.origin() + ": " + path + ": " + sentence);
  }

  private Optional<Tree> find(String name) {
    asked.add(name);
    Tree value = fields.fields().get(name);
    return value == null || (value instanceof Tree.Scalar s && s.isNull())
        ? Optional.empty()
        : Optional.of(value);
  }

  private Optional<Section> section(String at, Tree value) {
    if (value instanceof Tree.Fields inner) {
      return Optional.of(new Section(at, inner, faults));
    }
    if (!(value instanceof Tree.Scalar s && s.isNull())) {
      faults.add(value.origin() + ": " + at + " holds further keys, got " + value);
    }
    return Optional.empty();
  }

  private <T> Optional<T> read(String at, Tree value, Kind<T> kind) {
    try {
      return Optional.of(kind.read(at, value));
    } catch (Kind.Refused refused) {
      faults.add(String.valueOf(refused.getMessage()));
      return Optional.empty();
    }
  }
}
