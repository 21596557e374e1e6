package io.millrace.ingest.config;

import java.util.List;
import java.util.Optional;

/// The rule of a source that maps records to a collection and says how to read them. The first
/// binding whose `from` matches the topic or the file name decides.
///
/// @param from topics or file names; empty = all
/// @param collection a name, or a template with `{topic}`, `{file:stem}`, `{header:x}` and
///   `{/json/pointer}`; absent = the record names it
/// @param allow names that records may choose; must not be empty when `collection` is absent
/// @param create template of an unknown collection; absent = collections are not made
/// @param strict refuse unknown top-level fields
/// @param recordBytes largest record
/// @param reading how the bytes are read
/// @param limits how much is taken
public record Binding(
    List<Glob> from,
    Optional<String> collection,
    List<Glob> allow,
    Optional<String> create,
    KeyRule key,
    KeyFormat keyFormat,
    boolean strict,
    int recordBytes,
    Reading reading,
    Limits limits) {

  /// Largest record there is (8 MiB): what the core takes as one entry with room to spare.
  public static final int MAX_RECORD_BYTES = 8 << 20;

  public enum KeyRule {
    IGNORE,
    MUST_MATCH
  }

  /// How a key that names a point is written.
  public enum KeyFormat {
    TEXT,
    /// 8 bytes big-endian.
    LONG,
    /// 16 bytes.
    UUID
  }

  public Binding {
    from = List.copyOf(from);
    allow = List.copyOf(allow);
    if (collection.isEmpty() && allow.isEmpty()) {
      throw new IllegalArgumentException(
          "a binding without 'collection' needs 'allow': otherwise whoever may write the records"
              + " could write every collection");
    }
    if (recordBytes < 1 || recordBytes > MAX_RECORD_BYTES) {
      throw new IllegalArgumentException(
          "record_bytes must be 1 to " + MAX_RECORD_BYTES + ", got " + recordBytes);
    }
  }

  /// All records of the named topics or files go into one collection.
  public static Binding to(String collection, String... from) {
    return new Binding(
        List.of(from).stream().map(Glob::new).toList(),
        Optional.of(collection),
        List.of(),
        Optional.empty(),
        KeyRule.IGNORE,
        KeyFormat.TEXT,
        false,
        MAX_RECORD_BYTES,
        Reading.DEFAULT,
        Limits.NONE);
  }

  /// Records name their collection themselves.
  public static Binding named(List<String> allow, String... from) {
    return new Binding(
        List.of(from).stream().map(Glob::new).toList(),
        Optional.empty(),
        allow.stream().map(Glob::new).toList(),
        Optional.empty(),
        KeyRule.IGNORE,
        KeyFormat.TEXT,
        false,
        MAX_RECORD_BYTES,
        Reading.DEFAULT,
        Limits.NONE);
  }

  public Binding withCreate(String template) {
    return new Binding(
        from,
        collection,
        allow,
        Optional.of(template),
        key,
        keyFormat,
        strict,
        recordBytes,
        reading,
        limits);
  }

  public Binding withKey(KeyRule rule, KeyFormat format) {
    return new Binding(
        from, collection, allow, create, rule, format, strict, recordBytes, reading, limits);
  }

  public Binding withStrict(boolean refuseUnknownFields) {
    return new Binding(
        from,
        collection,
        allow,
        create,
        key,
        keyFormat,
        refuseUnknownFields,
        recordBytes,
        reading,
        limits);
  }

  public Binding withRecordBytes(int limit) {
    return new Binding(
        from, collection, allow, create, key, keyFormat, strict, limit, reading, limits);
  }

  public Binding withReading(Reading how) {
    return new Binding(
        from, collection, allow, create, key, keyFormat, strict, recordBytes, how, limits);
  }

  public Binding withLimits(Limits most) {
    return new Binding(
        from, collection, allow, create, key, keyFormat, strict, recordBytes, reading, most);
  }

  /// The same rule for another collection, as fast as it goes.
  public Binding into(String other) {
    return new Binding(
        from,
        Optional.of(other),
        allow,
        Optional.empty(),
        key,
        keyFormat,
        strict,
        recordBytes,
        reading,
        Limits.NONE);
  }

  /// A file of a sub-folder matches by its name alone, and by its path in the inbox.
  public boolean matches(String topicOrFile) {
    String name = topicOrFile.substring(topicOrFile.lastIndexOf('/') + 1); // topics have none
    return from.isEmpty()
        || from.stream().anyMatch(glob -> glob.matches(topicOrFile) || glob.matches(name));
  }

  /// Whether the collection does not depend on the record, so that a missing one is a step the
  /// operator still has to take and not a fault of the record.
  public boolean isFixed() {
    return collection.isPresent() && collection.get().indexOf('{') < 0;
  }

  public boolean allows(String name) {
    return allow.isEmpty() || allow.stream().anyMatch(glob -> glob.matches(name));
  }
}
