package io.millrace.api.endpoint;

import io.millrace.api.SnapshotGateway.Stored;
import java.nio.file.Path;
import tools.jackson.core.JsonGenerator;

/// What a route answers. Writers run on the request's thread and may still fail: until a bounded
/// part was written an error answer replaces what they wrote.
public sealed interface Answer {

  /// 200 with the envelope around the result.
  record Result(Writer writer) implements Answer {}

  /// 200 with JSON that has no envelope.
  record Bare(Writer writer) implements Answer {}

  /// A page for a browser, which it may not show inside of others and which talks to us only.
  record Page(String contentType, String text) implements Answer {}

  /// A file of a page that an operator brought along; it talks to us only.
  record PageFile(String contentType, Path file) implements Answer {}

  record Text(int status, String text) implements Answer {
    public static Text ok(String text) {
      return new Text(200, text);
    }
  }

  /// 202: it is done behind the answer.
  record Accepted() implements Answer {}

  /// 200, or 206 for a part, with the bytes of a file as an attachment, never compressed.
  record Download(Path file, Keep keep) implements Answer {}

  /// The same with what lies elsewhere.
  record Forward(Stored stored) implements Answer {}

  /// What becomes of a file once it was sent.
  enum Keep {
    KEPT,
    DELETED
  }

  /// Writes one JSON value.
  interface Writer {
    void write(JsonGenerator out);
  }

  static Answer result(boolean value) {
    return new Result(out -> out.writeBoolean(value));
  }
}
