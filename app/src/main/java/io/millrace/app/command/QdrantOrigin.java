package io.millrace.app.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// Another server that speaks Qdrant's REST, read by scroll.
final class QdrantOrigin implements MigrationOrigin {
  private static final int PAGE = 500;

  private final Remote old;

  QdrantOrigin(Remote old) {
    this.old = old;
  }

  @Override
  public String address() {
    return old.url().toString();
  }

  @Override
  public List<String> names() {
    List<String> names = new ArrayList<>();
    old.result("GET", "/collections", "")
        .path("collections")
        .forEach(each -> names.add(each.path("name").asString()));
    return names;
  }

  /// As the other server has it; what this one does not know is left out rather than refused.
  @Override
  public boolean create(String name, Remote to) {
    String path = "/collections/" + Remote.step(name);
    if (!to.result("GET", path + "/exists", "").path("exists").booleanValue()) {
      JsonNode config = old.result("GET", path, "").path("config");
      to.result("PUT", path, CollectionShape.createBody(config).toString());
    }
    CollectionShape.copyIndexes(old, name, to, name);
    return true;
  }

  @Override
  public long count(String name) {
    return PointPages.count(old, name);
  }

  @Override
  public Page page(String name, Optional<String> from) {
    PointPages.Page page = new PointPages(old, name, PAGE).page(from);
    return new Page(page.points(), page.next(), 0);
  }

  /// Qdrant draws points since 1.11; an older one has its copy counted only.
  @Override
  public Optional<Comparison.Result> compare(String name, Remote to, int samples) {
    Remote.Answer draws =
        old.send(
            "POST",
            "/collections/" + Remote.step(name) + "/points/query",
            "{\"query\":{\"sample\":\"random\"},\"limit\":1}");
    if (!draws.isGood()) {
      return Optional.empty();
    }
    return Optional.of(
        new Comparison(new Comparison.Side(old, name), new Comparison.Side(to, name)).of(samples));
  }

  /// Aliases of what was copied.
  @Override
  public void finish(List<String> names, Remote to) {
    ArrayNode actions = Remote.JSON.createArrayNode();
    old.result("GET", "/aliases", "")
        .path("aliases")
        .forEach(alias -> {
          String collection = alias.path("collection_name").asString();
          if (names.contains(collection)) {
            actions
                .addObject()
                .putObject("create_alias")
                .put("collection_name", collection)
                .put("alias_name", alias.path("alias_name").asString());
          }
        });
    if (!actions.isEmpty()) {
      to.result(
          "POST",
          "/collections/aliases",
          Remote.JSON.createObjectNode().set("actions", actions).toString());
    }
  }

  @Override
  public void close() {}
}
