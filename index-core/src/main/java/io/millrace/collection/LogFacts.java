package io.millrace.collection;

import io.millrace.meter.Histogram;

/// The operation log of a collection.
///
/// @param bytes on disk, 256 KiB too many at most
/// @param groups how many operations were written together, which with fsync is how many shared one
public record LogFacts(long bytes, Histogram groups) {}
