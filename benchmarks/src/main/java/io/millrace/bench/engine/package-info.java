/// `millrace bench-engine`: the vector engine beside others, in one run. Start at [EngineCommand].
///
/// - **Lives here:** the rows and exact answers of a comparison, one class per engine, the cost of
///   equal recall, the report as text, JSON and pictures.
/// - **May call in:** nobody; `millrace` finds the command by itself.
/// - **Never here:** servers and payload: what is measured is the search for near vectors.
@NullMarked
package io.millrace.bench.engine;

import org.jspecify.annotations.NullMarked;
