package io.millrace.api.endpoint;

import java.io.IOException;
import java.io.OutputStream;

/// A file in the body of a request (`multipart/form-data`).
public interface Upload {
  /// What the request says that its body has; 0 when it does not say.
  long declaredBytes();

  /// Copies the part of that name; throws a [io.millrace.api.status.Fault] when there is none.
  void copy(String part, OutputStream to) throws IOException;
}
