package io.millrace.api.http;

import io.undertow.server.ServerConnection;
import io.undertow.util.AttachmentKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/// How many connections an address may have, so that one client cannot take all there are; not an
/// address of this machine or of a private network, which may be a proxy for all. One counts from
/// its first request until it is closed; until then the time for a request's head bounds it. Safe
/// for many threads.
final class ConnectionsByAddress {
  /// A quarter of all that are taken.
  static final int MOST = 1_024;

  private static final AttachmentKey<Boolean> COUNTED = AttachmentKey.create(Boolean.class);

  private final int most;
  private final Predicate<InetAddress> isFree;
  private final Map<InetAddress, Integer> open = new ConcurrentHashMap<>();

  ConnectionsByAddress(int most) {
    this(most, ConnectionsByAddress::isInside);
  }

  static boolean isInside(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean isUniqueLocal = bytes.length == 16 && (bytes[0] & 0xFE) == 0xFC; // RFC 4193
    return address.isLoopbackAddress()
        || address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || isUniqueLocal;
  }

  /// @param isFree whether an address may have any number
  ConnectionsByAddress(int most, Predicate<InetAddress> isFree) {
    this.most = most;
    this.isFree = isFree;
  }

  /// Whether requests of this connection are served. The answer stays the same for a connection
  /// that was admitted once.
  boolean admits(ServerConnection connection) {
    if (connection.getAttachment(COUNTED) != null) {
      return true;
    }
    if (!(connection.getPeerAddress() instanceof InetSocketAddress peer)
        || peer.getAddress() == null) {
      return true; // closed meanwhile, or of no network
    }
    InetAddress address = peer.getAddress();
    if (isFree.test(address)) {
      return true;
    }
    if (open.merge(address, 1, Integer::sum) > most) {
      release(address);
      return false;
    }
    connection.putAttachment(COUNTED, true);
    AtomicBoolean released = new AtomicBoolean();
    Runnable once =
        () -> {
          if (released.compareAndSet(false, true)) {
            release(address);
          }
        };
    connection.addCloseListener(_ -> once.run());
    if (!connection.isOpen()) { // closed before anybody listened
      once.run();
    }
    return true;
  }

  private void release(InetAddress address) {
    open.computeIfPresent(address, (_, n) -> n == 1 ? null : n - 1);
  }
}
