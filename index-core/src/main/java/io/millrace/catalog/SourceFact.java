package io.millrace.catalog;

/// One configured source.
///
/// @param epoch the source's present life; never given twice in a data folder, to no source
public record SourceFact(String name, long epoch, ConfigBytes config, boolean isPaused) {}
