/// Typed settings from a file, the environment and flags. Start at [Settings]; every key is
/// declared once, in [Keys].
///
/// - **Lives here:** keys with their defaults, reading YAML with line numbers, layers and where
///   each value came from, faults with the nearest name, the commented reference file.
/// - **May call in:** `app` and `app.command`.
/// - **Never here:** what a setting does. [SourceReader] and [Template] know the keys of sources
///   and templates, their types are those of `ingest` and `model`.
@NullMarked
package io.millrace.app.config;

import org.jspecify.annotations.NullMarked;
