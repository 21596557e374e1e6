package io.millrace.collection;

import io.millrace.model.QuotaConfig;
import java.util.OptionalInt;

/// Quotas of a machine of which everything is known.
public final class TestQuotas {
  private TestQuotas() {}

  public static Quotas reading(int residentMemory, int diskUsage) {
    return new Quotas(
        () -> QuotaConfig.OFF,
        new Quotas.Readings() {
          @Override
          public OptionalInt residentMemory() {
            return OptionalInt.of(residentMemory);
          }

          @Override
          public OptionalInt diskUsage() {
            return OptionalInt.of(diskUsage);
          }
        },
        System::nanoTime);
  }
}
