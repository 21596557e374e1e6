package io.millrace.model;

/// What of a vector's files the page cache is asked to hold. Files are mapped and read in place
/// either way; a cold part is read page by page where it is needed, the others are fetched ahead.
///
/// @param coldRows raw rows (`on_disk` or `memory` of the vector)
/// @param coldGraph links and codes (`on_disk` or `memory` of `hnsw_config`)
/// @param coldQuantized int8 rows (`memory` or `always_ram` of the quantization, else as the rows)
public record Placement(boolean coldRows, boolean coldGraph, boolean coldQuantized) {
  public static final Placement CACHED = new Placement(false, false, false);
}
