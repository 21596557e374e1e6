package io.millrace.codec;

/// Where the codec asks what a field wants. Called by indexing and merging threads at any time, so
/// an implementation reads published, immutable state.
public interface VectorFieldSettings {
  VectorFieldOptions of(String luceneFieldName);

  /// Components of a row of a field of multivectors; 0 where it is no such field, or no more.
  default int rowSize(String luceneFieldName) {
    return 0;
  }
}
