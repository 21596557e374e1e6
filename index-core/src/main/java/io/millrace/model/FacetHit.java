package io.millrace.model;

/// A value of a payload key and the number of points that have it.
public record FacetHit(Scalar value, long count) {}
