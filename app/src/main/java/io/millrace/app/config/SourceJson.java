package io.millrace.app.config;

import io.millrace.ingest.SourceTexts;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.model.BadInput;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Configurations of sources as JSON, in the structure of the section `sources`.
final class SourceJson implements SourceTexts {
  private static final String HIDDEN = "***";

  private final Tree.Fields kafka;
  private final Tree.Fields sources;
  private final Set<String> templates;

  SourceJson(Tree.Fields kafka, Tree.Fields sources, Set<String> templates) {
    this.kafka = kafka;
    this.sources = sources;
    this.templates = Set.copyOf(templates);
  }

  @Override
  public SourceConfig parse(String name, String json) {
    List<String> faults = new ArrayList<>();
    Optional<SourceConfig> source =
        fields(json, faults)
            .flatMap(fields -> SourceReader.one(name, kafka, fields, templates, faults));
    if (!faults.isEmpty() || source.isEmpty()) {
      throw BadInput.badRequest(
          faults.isEmpty() ? "The configuration is not complete" : String.join("; ", faults));
    }
    return source.get();
  }

  private static Optional<Tree.Fields> fields(String json, List<String> faults) {
    Tree tree = Yaml.value(json, new Origin.Request(), faults);
    if (tree instanceof Tree.Fields fields) {
      return Optional.of(fields);
    }
    if (faults.isEmpty()) {
      faults.add("The configuration of a source is a JSON object");
    }
    return Optional.empty();
  }

  @Override
  public Optional<String> ofFile(String name) {
    return Optional.ofNullable(sources.fields().get(name))
        .map(source -> Template.json(hidden("", source)).toString());
  }

  @Override
  public String hidden(String json) {
    Tree tree = Yaml.value(json, new Origin.Request(), new ArrayList<>());
    return Template.json(hidden("", tree)).toString();
  }

  private static Tree hidden(String path, Tree value) {
    return switch (value) {
      case Tree.Scalar s ->
          Configuration.isSecret(path) && !s.isNull() ? Tree.text(HIDDEN, s.origin()) : s;
      case Tree.Items(var items, var origin) ->
          new Tree.Items(items.stream().map(item -> hidden(path, item)).toList(), origin);
      case Tree.Fields(var fields, var origin) -> {
        var shown = new LinkedHashMap<String, Tree>();
        for (Map.Entry<String, Tree> field : fields.entrySet()) {
          shown.put(field.getKey(), hidden(path + "." + field.getKey(), field.getValue()));
        }
        yield new Tree.Fields(shown, origin);
      }
    };
  }
}
