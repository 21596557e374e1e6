package io.millrace.search.query;

import io.millrace.model.OrderValue;
import java.util.Optional;

/// A document that a stage found.
///
/// @param doc of the whole reader
/// @param score as a client would see it
/// @param order the value that placed it, where a value of the payload did
record Scored(int doc, float score, Optional<OrderValue> order) {
  Scored(int doc, float score) {
    this(doc, score, Optional.empty());
  }
}
