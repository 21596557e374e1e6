package io.millrace.model;

import java.util.OptionalInt;

/// Limits on what a server takes of its machine, in percent; an absent one forbids nothing.
///
/// @param enabled whether anything of it counts
/// @param residentMemory of the memory that the process may have, 1 to 100
/// @param diskUsage of the volume of the data folder, 1 to 100
/// @param releaseMargin how far below its limit a resource has to fall before writes are taken
///   again, 0 to 100; absent: what the server thinks is right
public record QuotaConfig(
    boolean enabled, OptionalInt residentMemory, OptionalInt diskUsage, OptionalInt releaseMargin) {

  public static final QuotaConfig OFF =
      new QuotaConfig(false, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

  public QuotaConfig {
    check(residentMemory, 1);
    check(diskUsage, 1);
    check(releaseMargin, 0);
  }

  private static void check(OptionalInt percent, int least) {
    if (percent.isPresent() && (percent.getAsInt() < least || percent.getAsInt() > 100)) {
      throw new IllegalArgumentException("no percentage of a quota: " + percent.getAsInt());
    }
  }
}
