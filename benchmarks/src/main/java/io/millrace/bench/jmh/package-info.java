/// JMH benchmarks of single loops, run by `scripts/bench kernels`. Start at [KernelBenchmark].
///
/// - **Lives here:** what is too small to be timed from outside: distance kernels, JSON vectors.
/// - **May call in:** nobody but JMH.
/// - **Never here:** answers about a whole search: those are in `bench.engine` and `bench.load`.
@NullMarked
package io.millrace.bench.jmh;

import org.jspecify.annotations.NullMarked;
