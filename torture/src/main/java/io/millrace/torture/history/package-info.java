/// What a run did and saw, as lines of JSON that can be judged later. Start at [Event].
///
/// - **Lives here:** events and their wire form, the words they are made of (changes, points,
///   payloads as raw text), writing and reading the file.
/// - **May call in:** everything of the harness; this is its lowest layer.
/// - **Never here:** what a right answer is, processes, HTTP, Kafka.
@NullMarked
package io.millrace.torture.history;

import org.jspecify.annotations.NullMarked;
