/// Texts to vectors: what a model is to those who read requests and records, and how the module
/// that has one is found. Start at [Embeddings].
///
/// - **Lives here:** the interfaces that an embedder implements, and the collecting of the texts of
///   one request.
/// - **May call in:** `api`, `ingest`, `app`, and the module that implements it.
/// - **Never here:** a model, a tokenizer, wire JSON.
@NullMarked
package io.millrace.inference;

import org.jspecify.annotations.NullMarked;
