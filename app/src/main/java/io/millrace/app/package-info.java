/// The programme: its entry point and what a server consists of. Start at [Main], then [Wiring].
///
/// - **Lives here:** the composition root, plain constructors in start order, and what is said when
///   a start fails.
/// - **May call in:** nobody; the launcher starts it.
/// - **Never here:** rules about points, records or requests.
@NullMarked
package io.millrace.app;

import org.jspecify.annotations.NullMarked;
