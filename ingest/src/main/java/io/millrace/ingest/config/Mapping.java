package io.millrace.ingest.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// How a record that is no envelope becomes an operation on one point. No scripts: what a mapping
/// makes of a record can be told from the two alone.
///
/// @param id where the parts of the id stand; several are joined by the character 0x1F
/// @param vectors by name, `""` for the unnamed one
/// @param payload what becomes the payload
/// @param rename from JSON pointer to top-level name in the payload
/// @param types by JSON pointer, or by top-level name
public record Mapping(
    List<From> id,
    IdType idType,
    UUID idNamespace,
    Map<String, VectorRule> vectors,
    PayloadRule payload,
    Map<String, String> rename,
    Map<String, ValueType> types,
    Optional<VersionRule> version,
    Kind op,
    Optional<When> deleteWhen,
    Optional<When> dropWhen) {

  /// Where names of `uuid5` ids live unless told otherwise: RFC 9562's namespace for OIDs.
  public static final UUID NAMESPACE = UUID.fromString("6ba7b812-9dad-11d1-80b4-00c04fd430c8");

  public Mapping {
    id = List.copyOf(id);
    vectors = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(vectors));
    rename = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(rename));
    types = Map.copyOf(types);
    if (id.isEmpty()) {
      throw new IllegalArgumentException("a mapping needs 'id'");
    }
    if (id.size() > 1 && idType != IdType.UUID5) {
      throw new IllegalArgumentException("an id of several parts needs id_type: uuid5");
    }
  }

  /// Where a value stands.
  public sealed interface From {
    /// @param pointer JSON pointer into the value
    record Value(String pointer) implements From {}

    /// @param pointer JSON pointer into the key
    record Key(String pointer) implements From {}

    record Header(String name) implements From {}
  }

  public enum IdType {
    /// u64 or UUID.
    AUTO,
    /// Any text: the name-based UUID of it.
    UUID5
  }

  public enum Encoding {
    /// As in a point: lists, sparse objects.
    JSON,
    /// Base64 of little-endian float32.
    F32,
    /// `0.1,0.2` or `[0.1,0.2]`.
    CSV
  }

  /// @param model with it, the value is text to be embedded by that model; it stays in the payload
  public record VectorRule(String at, Encoding encoding, Optional<String> model) {
    public VectorRule(String at, Encoding encoding) {
      this(at, encoding, Optional.empty());
    }
  }

  public sealed interface PayloadRule {
    /// Everything but id and vectors; texts of which vectors are made are in it.
    record Rest() implements PayloadRule {}

    /// One object.
    record Whole(String at) implements PayloadRule {}

    /// @param include empty = everything but id and vectors
    record Parts(List<String> include, List<String> exclude) implements PayloadRule {
      public Parts {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
      }
    }
  }

  public enum ValueType {
    TEXT,
    INT,
    FLOAT,
    BOOL,
    /// A time becomes RFC 3339 text.
    DATETIME,
    JSON
  }

  public record VersionRule(String at, Type type) {
    public enum Type {
      INT,
      /// Microseconds since 1970.
      DATETIME
    }
  }

  public enum Kind {
    UPSERT,
    SET_PAYLOAD,
    UPDATE_VECTORS
  }

  /// A condition on one value.
  ///
  /// @param equal absent = it is enough that the value is there and not null
  public record When(String at, Optional<String> equal) {}

  /// The simplest one: the id there, one unnamed vector there, the rest as payload.
  public static Mapping of(String id, String vector) {
    return new Mapping(
        List.of(new From.Value(id)),
        IdType.AUTO,
        NAMESPACE,
        Map.of("", new VectorRule(vector, Encoding.JSON)),
        new PayloadRule.Rest(),
        Map.of(),
        Map.of(),
        Optional.empty(),
        Kind.UPSERT,
        Optional.empty(),
        Optional.empty());
  }
}
