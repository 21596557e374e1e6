package io.millrace.collection;

import io.millrace.model.AliasAction;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Failure;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;

/// All collections of one data folder.
public final class Collections implements AutoCloseable {

  /// Takes the folder's lock, opens what is there and replays the logs. Throws
  /// [Failure.Unavailable] when another process holds the lock, [Failure.Damaged] for a newer format.
  /// A collection that cannot be opened is red and stops nobody else.
  public static Collections open(Path dataFolder, StoreSettings settings) {
    throw new UnsupportedOperationException();
  }

  /// Opens the folder beside a writing process; reads follow its publications.
  public static Collections openReadOnly(Path dataFolder, StoreSettings settings) {
    throw new UnsupportedOperationException();
  }

  /// By name or alias; an alias wins over a collection of the same name.
  public Optional<Collection> find(String nameOrAlias) {
    throw new UnsupportedOperationException();
  }

  public Collection require(String nameOrAlias) {
    return find(nameOrAlias).orElseThrow(() -> Failure.NotFound.collection(nameOrAlias));
  }

  public SortedSet<String> names() {
    throw new UnsupportedOperationException();
  }

  /// Alias to collection name.
  public SortedMap<String, String> aliases() {
    throw new UnsupportedOperationException();
  }

  /// Durable before it returns. Throws [Failure.AlreadyExists].
  public Collection create(String name, CollectionConfig config) {
    throw new UnsupportedOperationException();
  }

  /// Replaces the configuration; sizes and distances of vectors stay. Applied by the next merges.
  public void update(String nameOrAlias, CollectionConfig config) {
    throw new UnsupportedOperationException();
  }

  /// Durable before it returns; drops the aliases too. False if there was none.
  public boolean drop(String name) {
    throw new UnsupportedOperationException();
  }

  /// In order; earlier actions stay when a later one fails.
  public void changeAliases(List<AliasAction> actions) {
    throw new UnsupportedOperationException();
  }

  /// Commits and closes everything.
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
