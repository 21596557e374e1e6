package io.millrace.torture.checker;

import io.millrace.torture.history.Payload;
import io.millrace.torture.history.PointValue;
import io.millrace.torture.history.Vectors;

/// A point as the model has it.
///
/// @param edited the payload was put together from several writes, so that the order of its keys is
///   not known; else every byte is
record Stored(Vectors vectors, Payload payload, boolean edited) {

  static Stored of(PointValue point) {
    return new Stored(point.vectors(), point.payload(), false);
  }

  boolean isShownBy(PointValue point) {
    return vectors.equals(point.vectors()) && hasPayload(point.payload());
  }

  boolean hasPayload(Payload other) {
    return edited ? payload.fields().equals(other.fields()) : payload.text().equals(other.text());
  }
}
