/// What is told of a request that was slow. Start at [SlowSearch].
///
/// - **Lives here:** what a request searched for, without the values that it gave, what the search
///   did, and the causes that are known of it.
/// - **May call in:** `http`, which measures; `endpoint`, which searches.
/// - **Never here:** what slow is; log lines; work for a request that was fast, but for keeping
///   references.
@NullMarked
package io.millrace.api.slow;

import org.jspecify.annotations.NullMarked;
