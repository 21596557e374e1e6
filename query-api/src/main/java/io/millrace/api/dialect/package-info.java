/// The API of GoVector, for scripts that were written for it. Start at [GoVector].
///
/// - **Lives here:** `POST /collections`, which marks a collection; in marked ones ids of any text,
///   GoVector's defaults and its extra fields, by translating requests and answers.
/// - **May call in:** `http`, which puts it before the endpoints.
/// - **Never here:** how Qdrant's routes work; conditions with a `type`, which all collections
///   take.
@NullMarked
package io.millrace.api.dialect;

import org.jspecify.annotations.NullMarked;
