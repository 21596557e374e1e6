package io.millrace.app.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/// The datagram socket by which a service tells systemd how it is: one datagram a message, lines of
/// `NAME=value`. Java has no datagram sockets of the Unix domain, so these are three calls of the C
/// library: `socket`, `sendto`, `close`. Linux only.
final class NotifySocket {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;

  /// `struct sockaddr_un`: u16 family, then the path.
  private static final int PATH_AT = 2;

  private static final int PATH_BYTES = 108;

  private final byte[] path;
  private final MethodHandle socket;
  private final MethodHandle sendTo;
  private final MethodHandle close;

  private NotifySocket(byte[] path) {
    this.path = path;
    Linker linker = Linker.nativeLinker();
    this.socket =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("socket"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    this.sendTo =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("sendto"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    this.close =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  }

  /// @param address the value of `NOTIFY_SOCKET`: a path, or a name after `@`
  /// @return nothing where it is no such address, or the system is no Linux
  static Optional<NotifySocket> at(String address) {
    byte[] path = address.getBytes(StandardCharsets.UTF_8);
    boolean known = address.startsWith("/") || address.startsWith("@");
    if (!known || path.length >= PATH_BYTES || !isLinux()) {
      return Optional.empty();
    }
    if (path[0] == '@') {
      path[0] = 0;
    }
    return Optional.of(new NotifySocket(path));
  }

  private static boolean isLinux() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
  }

  /// Sends one message. A new socket each time: there are a few a minute, and nothing is left open.
  void send(String message) throws IOException {
    byte[] text = message.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(PATH_AT + PATH_BYTES);
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_AT, path.length);
      // The zero behind a path counts; a name after @ ends with its length.
      int addressBytes = PATH_AT + path.length + (path[0] == 0 ? 0 : 1);
      MemorySegment body = arena.allocateFrom(JAVA_BYTE, text);
      int descriptor = (int) socket.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (descriptor < 0) {
        throw new IOException("no socket to tell the service manager");
      }
      try {
        long sent =
            (long)
                sendTo.invokeExact(
                    descriptor, body, (long) text.length, MSG_NOSIGNAL, address, addressBytes);
        if (sent != text.length) {
          throw new IOException("the service manager's socket takes no message");
        }
      } finally {
        int _ = (int) close.invokeExact(descriptor);
      }
    } catch (IOException | RuntimeException | Error known) {
      throw known;
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
