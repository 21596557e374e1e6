package io.millrace.app;

import io.millrace.api.json.FilterJson;
import io.millrace.api.json.InferenceJson;
import io.millrace.app.config.Settings;
import io.millrace.app.config.Template;
import io.millrace.catalog.Catalog;
import io.millrace.catalog.ConfigBytes;
import io.millrace.catalog.SourceFact;
import io.millrace.collection.Collections;
import io.millrace.inference.Embedder;
import io.millrace.ingest.SourceStore;
import io.millrace.ingest.SourceTexts;
import io.millrace.ingest.Sources;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.SourceEpochs;
import io.millrace.ingest.pipeline.Targets;
import io.millrace.model.Failure;
import io.millrace.model.Filter;
import io.opentelemetry.api.trace.Tracer;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What the sources need of the rest of the process: collections and epochs from the store,
/// collections by template, filters and inference objects by the API's readers.
final class SourceSurroundings {
  private static final JsonFactory JSON = new JsonFactory();

  private SourceSurroundings() {}

  /// @param settings those in force; their templates and defaults of sources may change
  static Sources.Surroundings of(
      Collections collections,
      Supplier<Settings> settings,
      Optional<Embedder> embedder,
      Tracer tracer) {
    Catalog catalog = collections.catalog();
    return new Sources.Surroundings(
        Targets.of(collections),
        new Epochs(catalog),
        new Creator(collections, settings),
        SourceSurroundings::filter,
        catalog.image().folderId(),
        new Store(catalog),
        new Texts(settings),
        InferenceJson::stored,
        embedder,
        tracer);
  }

  /// The lives of sources stand in the catalog. Of a source from the configuration file it holds
  /// nothing else.
  private record Epochs(Catalog catalog) implements SourceEpochs {
    @Override
    public OptionalLong current(String source) {
      SourceFact fact = catalog.image().sources().get(source);
      return fact == null ? OptionalLong.empty() : OptionalLong.of(fact.epoch());
    }

    @Override
    public long next(String source) {
      return current(source).isPresent()
          ? catalog.nextEpoch(source)
          : catalog.putSource(source, ConfigBytes.of("")).epoch();
    }
  }

  private record Store(Catalog catalog) implements SourceStore {
    @Override
    public List<Stored> all() {
      return catalog.image().sources().values().stream()
          .map(fact ->
              new Stored(
                  fact.name(),
                  new String(fact.config().bytes(), StandardCharsets.UTF_8),
                  fact.isPaused()))
          .toList();
    }

    @Override
    public void put(String name, String text) {
      catalog.putSource(name, ConfigBytes.of(text));
    }

    @Override
    public void remove(String name) {
      catalog.removeSource(name);
    }

    @Override
    public void setPaused(String name, boolean isPaused) {
      SourceFact fact = catalog.image().sources().get(name);
      if (fact == null && isPaused) {
        catalog.putSource(name, ConfigBytes.of(""));
      }
      if (isPaused) {
        catalog.pauseSource(name);
      } else if (fact != null && fact.isPaused()) {
        catalog.resumeSource(name);
      }
    }
  }

  private record Texts(Supplier<Settings> settings) implements SourceTexts {
    @Override
    public SourceConfig parse(String name, String json) {
      return settings.get().sourceTexts().parse(name, json);
    }

    @Override
    public Optional<String> ofFile(String name) {
      return settings.get().sourceTexts().ofFile(name);
    }

    @Override
    public String hidden(String json) {
      return settings.get().sourceTexts().hidden(json);
    }
  }

  private record Creator(Collections collections, Supplier<Settings> settings)
      implements CollectionCreator {
    @Override
    public Result create(String template, String collection) {
      Template of = settings.get().templates().get(template);
      if (of == null || !of.match().matches(collection)) {
        return Result.NOT_MATCHING;
      }
      long made = collections.names().stream().filter(of.match()::matches).count();
      if (made >= of.maxCollections()) {
        return Result.LIMIT;
      }
      try {
        collections.create(collection, of.config());
      } catch (Failure.AlreadyExists race) {
        // another source made it first, which is as good
      }
      return Result.EXISTS;
    }
  }

  private static Filter filter(JsonParser parser) {
    var text = new StringWriter();
    try (JsonGenerator copy = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      copy.copyCurrentStructureExact(parser);
    }
    return FilterJson.parse(text.toString());
  }
}
