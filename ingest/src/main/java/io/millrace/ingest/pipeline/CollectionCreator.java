package io.millrace.ingest.pipeline;

/// Makes collections that records name and that do not exist yet, from the configured templates.
@FunctionalInterface
public interface CollectionCreator {
  enum Result {
    /// It exists, made by this call or by another one.
    EXISTS,
    /// The template is unknown, or its `match` does not take the name.
    NOT_MATCHING,
    /// The template's `max_collections` is reached.
    LIMIT
  }

  /// Durable before it returns. Throws [io.millrace.model.Failure] when it cannot be done now, and
  /// [io.millrace.model.BadInput] for a name that no collection may have.
  Result create(String template, String collection);

  CollectionCreator NONE = (template, collection) -> Result.NOT_MATCHING;
}
