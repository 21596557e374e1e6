package io.millrace.app.govector;

import java.nio.file.Path;

/// A file that is not what it should be; the message is one sentence that says what and where.
public final class DamagedFile extends RuntimeException {
  DamagedFile(Path file, String what) {
    super(file + ": " + what);
  }
}
