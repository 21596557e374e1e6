/// Schemas of values from a registry over HTTP. Start at [SchemaRegistry].
///
/// - **Lives here:** asking, remembering, telling "there is none" from "it does not answer".
/// - **May call in:** `Sources` makes one per source, the decoders ask it.
/// - **Never here:** what a schema means.
@NullMarked
package io.millrace.ingest.registry;

import org.jspecify.annotations.NullMarked;
