package io.millrace.collection;

/// How far a collection is; `logged ≥ searchable ≥ committed`. Each is the sequence of the last
/// operation that reached the stage, −1 before the first.
public record Progress(long logged, long searchable, long committed) {}
