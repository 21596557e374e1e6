package io.millrace.app.link;

import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the collections of a query process at the newest publication: told by the link, and by
/// looking at the folder every interval, which is what remains while the link is down.
public final class Follower implements LinkClient.Notices, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

  private final Collections collections;
  private final Duration lookInterval;
  private final Map<Long, Told> published = new ConcurrentHashMap<>(); // by uid
  private final AtomicBoolean everything = new AtomicBoolean();
  private final Semaphore work = new Semaphore(0);
  private final AtomicBoolean closed = new AtomicBoolean();

  private record Told(boolean busy, long look) {}

  private Follower(Collections collections, Duration lookInterval) {
    this.collections = collections;
    this.lookInterval = lookInterval;
  }

  public static Follower start(Collections collections, Duration lookInterval) {
    var follower = new Follower(collections, lookInterval);
    Thread.ofPlatform().daemon().name("follow").start(follower::run);
    return follower;
  }

  @Override
  public void connected() {
    catalogChanged();
  }

  @Override
  public void disconnected() {
    published.clear();
    for (String name : collections.names()) {
      collections.find(name).ifPresent(Collection::writerIsGone);
    }
  }

  @Override
  public void published(long uid, boolean busy, long look) {
    published.put(uid, new Told(busy, look));
    work.release();
  }

  @Override
  public void catalogChanged() {
    everything.set(true);
    work.release();
  }

  private void run() {
    while (!closed.get()) {
      try {
        boolean told = work.tryAcquire(lookInterval.toMillis(), TimeUnit.MILLISECONDS);
        work.drainPermits();
        if (closed.get()) {
          return;
        }
        if (!told || everything.getAndSet(false)) {
          collections.refreshFromDisk();
        }
        refreshPublished();
      } catch (InterruptedException meansStop) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        LOG.warn("Following the ingest process failed, trying again cause={}", e.toString());
      }
    }
  }

  private void refreshPublished() {
    for (String name : collections.names()) {
      collections.find(name).ifPresent(this::refreshPublished);
    }
  }

  /// What is done is seen before it is called done.
  private void refreshPublished(Collection collection) {
    Told told = published.remove(collection.uid());
    if (told != null) {
      try {
        collection.refresh();
      } finally {
        collection.writerIsBusy(told.busy, told.look);
      }
    }
  }

  @Override
  public void close() {
    closed.set(true);
    work.release();
  }
}
