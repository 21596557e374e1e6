package io.millrace.app.config;

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
}
