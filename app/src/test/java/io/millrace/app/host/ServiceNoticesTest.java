package io.millrace.app.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The notify protocol, spoken to a socket that stands for systemd.
@EnabledOnOs(OS.LINUX)
class ServiceNoticesTest {
  private static final String PID = Long.toString(ProcessHandle.current().pid());

  @TempDir private Path folder;

  @Test
  void start_ready_reload_and_stop_are_told_in_this_order() {
    String address = folder.resolve("notify").toString();
    try (var manager = new DatagramInbox(address);
        ServiceNotices notices = ServiceNotices.start(Map.of("NOTIFY_SOCKET", address))) {
      notices.ready("ready, 3 collections");
      notices.reloaded("ready");
      notices.stopping();

      assertThat(manager.await("READY=1")).isEqualTo("READY=1\nSTATUS=ready, 3 collections");
      assertThat(manager.await("RELOADING=1")).containsPattern("MONOTONIC_USEC=[0-9]+$");
      assertThat(manager.await("READY=1")).contains("STATUS=ready");
      assertThat(manager.await("STOPPING=1")).contains("STATUS=stopping");
    }
  }

  @Test
  void the_watchdog_is_fed_once_it_is_ready() {
    String address = "@millrace-test-" + PID;
    try (var manager = new DatagramInbox(address);
        ServiceNotices notices =
            ServiceNotices.start(
                Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "20000", "WATCHDOG_PID", PID))) {
      notices.ready("ready");

      assertThat(manager.await("READY=1")).startsWith("READY=1");
      assertThat(manager.await("WATCHDOG=1")).isEqualTo("WATCHDOG=1");
      assertThat(manager.await("WATCHDOG=1")).isEqualTo("WATCHDOG=1");
    }
  }

  @Test
  void a_long_start_asks_for_more_time_before_it_is_called_hung() {
    String address = folder.resolve("notify").toString();
    try (var manager = new DatagramInbox(address);
        ServiceNotices notices = ServiceNotices.start(Map.of("NOTIFY_SOCKET", address))) {
      assertThat(manager.await("EXTEND_TIMEOUT_USEC=")).startsWith("EXTEND_TIMEOUT_USEC=30000000");
      notices.ready("ready");
    }
  }

  @Test
  void nobody_is_told_where_nobody_asks_and_a_dead_socket_stops_nothing() {
    try (ServiceNotices silent = ServiceNotices.start(Map.of())) {
      silent.ready("ready");
    }
    for (String dead : new String[] {folder.resolve("nobody").toString(), "vsock:1:2", ""}) {
      try (ServiceNotices notices = ServiceNotices.start(Map.of("NOTIFY_SOCKET", dead))) {
        notices.ready("ready");
        notices.stopping();
      }
    }
  }
}
