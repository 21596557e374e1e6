package io.millrace.app.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/// The configuration cannot be used. Holds every fault found, one sentence each.
public final class BadConfiguration extends Exception {
  private final List<String> faults;

  public BadConfiguration(List<String> faults) {
    super(String.join("\n", faults));
    this.faults = List.copyOf(faults);
  }

  public List<String> faults() {
    return faults;
  }

  /// Why a file cannot be read, in words.
  public static String reason(IOException failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "there is no such file";
      case AccessDeniedException _ ->
          "user " + System.getProperty("user.name") + " may not read it";
      default -> String.valueOf(failure.getMessage());
    };
  }
}
