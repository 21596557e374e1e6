package io.millrace.app;

import io.millrace.api.SnapshotGateway;
import io.millrace.app.backup.BucketSnapshots;
import io.millrace.app.backup.S3Store;
import io.millrace.app.command.CommandFailure;
import io.millrace.app.config.Settings;
import io.millrace.collection.Collections;
import io.millrace.model.Failure;
import io.millrace.snapshot.SnapshotFolder.Description;
import io.millrace.snapshot.SnapshotFolder.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bucket of `storage.snapshots_config.s3_config`, with the variables of AWS's tools for what
/// it leaves out.
final class SnapshotBucket {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotBucket.class);
  private static final String SECTION = "storage.snapshots_config.s3_config";

  private SnapshotBucket() {}

  static SnapshotGateway over(
      SnapshotGateway maker,
      Settings.Bucket bucket,
      Map<String, String> environment,
      Collections collections) {
    Map<String, String> all = new HashMap<>(environment);
    put(all, "AWS_REGION", bucket.region());
    put(all, "AWS_ACCESS_KEY_ID", bucket.accessKey());
    put(all, "AWS_SECRET_ACCESS_KEY", bucket.secretKey());
    if (bucket.accessKey().isPresent()) {
      all.remove("AWS_SESSION_TOKEN"); // of other keys
    }
    put(all, "AWS_ENDPOINT_URL_S3", bucket.endpoint().map(Object::toString));
    try {
      S3Store store =
          S3Store.open(
              "s3://" + bucket.name() + "/snapshots",
              all,
              SECTION + ".endpoint_url and .region choose the server");
      return new BucketSnapshots(maker, store, bucket.name(), collections.snapshotCounts()::isKept);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          SECTION
              + " needs access_key and secret_key, or AWS_ACCESS_KEY_ID and"
              + " AWS_SECRET_ACCESS_KEY in the environment",
          e);
    }
  }

  /// Tells the metrics when the newest snapshot of each collection was made.
  static void count(Collections collections, SnapshotGateway snapshots) {
    for (String name : collections.names()) {
      try {
        List<Description> kept = snapshots.list(new Scope.OfCollection(name));
        if (!kept.isEmpty()) {
          collections.snapshotCounts().found(name, kept.getLast());
        }
      } catch (Failure e) {
        LOG.warn("Looking for the newest snapshot failed collection={}", name, e);
        return;
      }
    }
  }

  private static void put(Map<String, String> all, String name, Optional<String> value) {
    value.ifPresent(text -> all.put(name, text));
  }
}
