/// Wire JSON to model and back, both directions side by side in one file per shape. Start at
/// [JsonIn], the cursor every shape reads from, and [PointJson].
///
/// - **Lives here:** Qdrant's field names, aliases, defaults and the words of format errors.
/// - **May call in:** `endpoint`; `app` for [CollectionConfigJson].
/// - **Never here:** status codes, collections, what an operation does.
@NullMarked
package io.millrace.api.json;

import org.jspecify.annotations.NullMarked;
