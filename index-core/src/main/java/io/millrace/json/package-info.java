/// Long lists of numbers in JSON, as embeddings come. Start at [VectorJsonFactory].
///
/// - **Lives here:** what a general parser is too slow for.
/// - **May call in:** the readers of records and of requests.
/// - **Never here:** what the numbers mean, limits, words of errors.
@NullMarked
package io.millrace.json;

import org.jspecify.annotations.NullMarked;
