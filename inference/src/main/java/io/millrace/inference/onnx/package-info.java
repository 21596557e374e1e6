/// Sentence embeddings by ONNX Runtime inside the server's process. Start at [OnnxProvider].
///
/// - **Lives here:** the model's session and its queue, WordPiece tokens, pooling.
/// - **May call in:** nobody; the server finds it by [java.util.ServiceLoader].
/// - **Never here:** wire JSON, collections.
@NullMarked
package io.millrace.inference.onnx;

import org.jspecify.annotations.NullMarked;
