/// What queries ask of a named vector, whatever its kind. Start at [VectorFields].
///
/// - **Lives here:** one class per kind of vector, behind [VectorField]; checks of query vectors.
/// - **May call in:** the rest of `search`.
/// - **Never here:** what the parts of a query mean, filters, payload.
@NullMarked
package io.millrace.search.vector;

import org.jspecify.annotations.NullMarked;
