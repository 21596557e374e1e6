package io.millrace.torture.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The dense vectors of a point by name; the name of the unnamed one is empty.
public record Vectors(Map<String, List<Float>> byName) {
  public static final Vectors NONE = new Vectors(Map.of());

  public Vectors {
    byName = Map.copyOf(byName);
  }

  public static Vectors unnamed(Float... components) {
    return new Vectors(Map.of("", List.of(components)));
  }

  /// As Qdrant writes them: a bare list, or an object of lists.
  public static Vectors parse(String raw) {
    if (raw.startsWith("[")) {
      return new Vectors(Map.of("", floats(raw)));
    }
    Map<String, List<Float>> named = new TreeMap<>();
    RawJson.fields(raw).forEach((name, list) -> named.put(name, floats(list)));
    return new Vectors(named);
  }

  public String json() {
    List<Float> unnamed = byName.get("");
    if (unnamed != null && byName.size() == 1) {
      return list(unnamed);
    }
    Map<String, String> fields = new TreeMap<>();
    byName.forEach((name, components) -> fields.put(name, list(components)));
    return RawJson.object(fields);
  }

  /// These, and of the others what is not named here.
  public Vectors over(Vectors others) {
    Map<String, List<Float>> all = new TreeMap<>(others.byName);
    all.putAll(byName);
    return new Vectors(all);
  }

  private static List<Float> floats(String list) {
    List<Float> floats = new ArrayList<>();
    for (String item : RawJson.items(list)) {
      floats.add(Float.parseFloat(item));
    }
    return floats;
  }

  private static String list(List<Float> components) {
    var out = new StringBuilder("[");
    for (Float component : components) {
      out.append(out.length() > 1 ? "," : "").append(component);
    }
    return out.append(']').toString();
  }
}
