package io.millrace.collection;

import io.millrace.model.QuotaConfig;
import java.time.Duration;

/// How the store behaves; the same for all collections of a process.
///
/// @param durability when an acknowledged write survives power loss
/// @param refreshInterval how long an un-waited write may stay invisible; longer where refreshing
///   is slow
/// @param commitInterval how often a durable Lucene commit is made while there are changes
/// @param commitLogBytes log bytes after which a commit is made earlier
/// @param restAfter how long nothing is written until merges begin that only make searches cheaper;
///   after as long, merges that lacked room on the volume are looked for again
/// @param mergeThreads background threads for merges and graphs
/// @param segmentThreads threads that search large segments of one query side by side; 0 = one
///   after another on the asking thread
/// @param publishInterval how often commits without fsync are made for a second process; zero =
///   never
/// @param logGathering how long an fsync of a log waits for further entries to share it
/// @param quotas hold while the catalog has none
public record StoreSettings(
    Durability durability,
    Duration refreshInterval,
    Duration commitInterval,
    long commitLogBytes,
    Duration restAfter,
    int mergeThreads,
    int segmentThreads,
    Duration publishInterval,
    Duration logGathering,
    QuotaConfig quotas) {

  public enum Durability {
    /// Every acknowledged write was fsynced.
    FSYNC,
    /// fsync every 100 ms: up to that much is lost with the power, nothing with the process.
    INTERVAL
  }

  public static StoreSettings defaults() {
    return new StoreSettings(
        Durability.FSYNC,
        Duration.ofMillis(250),
        Duration.ofSeconds(10),
        64L << 20,
        Duration.ofSeconds(5),
        Math.max(1, Runtime.getRuntime().availableProcessors() - 1),
        0,
        Duration.ZERO,
        Duration.ZERO,
        QuotaConfig.OFF);
  }

  public StoreSettings withPublishInterval(Duration interval) {
    return new StoreSettings(
        durability,
        refreshInterval,
        commitInterval,
        commitLogBytes,
        restAfter,
        mergeThreads,
        segmentThreads,
        interval,
        logGathering,
        quotas);
  }

  public StoreSettings withRestAfter(Duration time) {
    return new StoreSettings(
        durability,
        refreshInterval,
        commitInterval,
        commitLogBytes,
        time,
        mergeThreads,
        segmentThreads,
        publishInterval,
        logGathering,
        quotas);
  }

  public StoreSettings withQuotas(QuotaConfig config) {
    return new StoreSettings(
        durability,
        refreshInterval,
        commitInterval,
        commitLogBytes,
        restAfter,
        mergeThreads,
        segmentThreads,
        publishInterval,
        logGathering,
        config);
  }
}
