package io.millrace.app.command;

import io.millrace.collection.StoreCheck.Finding;
import io.millrace.ingest.config.SourceConfig;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/// Whether the brokers of sources take connections. What they would say of keys and topics is not
/// asked: a source says that of itself.
final class Brokers {
  private static final int CONNECT_MILLIS = 3_000;

  private Brokers() {}

  /// A note for each broker that does not answer.
  static List<Finding> away(List<SourceConfig> sources) {
    var notes = new ArrayList<Finding>();
    for (SourceConfig source : sources) {
      if (source instanceof KafkaSource kafka) {
        for (String address : kafka.bootstrap().split(",", -1)) {
          try {
            connect(address.strip());
          } catch (UnknownHostException e) {
            notes.add(away(kafka, address, "its host has no address"));
          } catch (IOException | IllegalArgumentException e) {
            notes.add(away(kafka, address, String.valueOf(e.getMessage())));
          }
        }
      }
    }
    return notes;
  }

  private static Finding away(KafkaSource source, String address, String why) {
    return new Finding(
        false,
        "source " + source.name(),
        "its broker " + address.strip() + " does not answer: " + why + "; the source waits for it");
  }

  private static void connect(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("it has no port");
    }
    var at =
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    if (at.isUnresolved()) {
      throw new UnknownHostException(address);
    }
    try (var socket = new Socket()) {
      socket.connect(at, CONNECT_MILLIS);
    }
  }
}
