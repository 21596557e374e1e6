package io.millrace.codec;

/// Where the codec asks what a field wants. Called by indexing and merging threads at any time, so
/// an implementation reads published, immutable state.
public interface VectorFieldSettings {
  VectorFieldOptions of(String luceneFieldName);
}
