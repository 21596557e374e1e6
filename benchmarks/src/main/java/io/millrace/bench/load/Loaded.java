package io.millrace.bench.load;

import io.millrace.bench.IndexBytes;
import io.millrace.bench.ServerProcess;
import java.util.Optional;

/// What loading a collection took.
///
/// @param rows `flat`, `float` or `sq8`: how the collection keeps its vectors
/// @param graphSeconds until the graph was there, 0 where none is built
record Loaded(
    String rows,
    double pointsPerSecond,
    double graphSeconds,
    Optional<IndexBytes> disk,
    Optional<ServerProcess.Memory> memory) {}
