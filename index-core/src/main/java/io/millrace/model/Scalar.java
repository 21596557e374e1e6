package io.millrace.model;

/// A value that a match condition compares with, without coercion between the kinds.
public sealed interface Scalar {
  record Text(String value) implements Scalar {}

  record Whole(long value) implements Scalar {}

  record Bool(boolean value) implements Scalar {}
}
