package io.millrace.app.config;

import java.nio.file.Path;

/// Where a value was given. The text form is what a fault or `--check-config` shows.
public sealed interface Origin {
  record BuiltIn() implements Origin {
    @Override
    public String toString() {
      return "built in";
    }
  }

  /// @param line counted from 1
  record File(Path file, int line) implements Origin {
    @Override
    public String toString() {
      return file + " line " + line;
    }
  }

  record Environment(String variable) implements Origin {
    @Override
    public String toString() {
      return "environment " + variable;
    }
  }

  record Request() implements Origin {
    @Override
    public String toString() {
      return "request";
    }
  }

  /// @param flag as the user wrote it, without the value
  record Flag(String flag) implements Origin {
    @Override
    public String toString() {
      return "flag " + flag;
    }
  }
}
