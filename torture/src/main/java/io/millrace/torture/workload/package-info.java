/// What is done to a server, from a seed. Start at [RestClient] and [StreamWriter].
///
/// - **Lives here:** generators of changes that make lost, doubled and reordered effects show in
///   the data; drivers for REST, Kafka and dropped files; the full scan.
/// - **May call in:** the trials. Everything done or seen goes into the `history`.
/// - **Never here:** starting and killing processes, what a right answer is.
@NullMarked
package io.millrace.torture.workload;

import org.jspecify.annotations.NullMarked;
