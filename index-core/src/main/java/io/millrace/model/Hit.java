package io.millrace.model;

/// A found point with its score: float32, as the client sees it.
public record Hit(StoredPoint point, float score) {}
