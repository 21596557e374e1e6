package io.millrace.app.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Stands for the service manager: a bound datagram socket of the Unix domain. Linux only.
public final class DatagramInbox implements AutoCloseable {
  private static final int DONT_WAIT = 0x40;

  private final int descriptor;
  private final List<String> taken = new ArrayList<>();

  /// @param address a path, or a name after `@`
  public DatagramInbox(String address) {
    byte[] path = address.getBytes(StandardCharsets.UTF_8);
    if (path[0] == '@') {
      path[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(110);
      name.set(JAVA_SHORT, 0, (short) 1);
      MemorySegment.copy(path, 0, name, JAVA_BYTE, 2, path.length);
      descriptor = (int) call("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT).invoke(1, 2, 0);
      int bound =
          (int)
              call("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)
                  .invoke(descriptor, name, 2 + path.length + (path[0] == 0 ? 0 : 1));
      if (bound != 0) {
        throw new IllegalStateException("cannot bind " + address);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  private static MethodHandle call(String name, ValueLayout result, ValueLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  /// Waits for a message with `part` in it; what came before it is skipped.
  public String await(String part) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(1_024);
      MethodHandle receive = call("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
      while (System.nanoTime() < until) {
        long n = (long) receive.invoke(descriptor, buffer, buffer.byteSize(), DONT_WAIT);
        if (n < 0) {
          LockSupport.parkNanos(1_000_000);
          continue;
        }
        String message =
            new String(buffer.asSlice(0, n).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
        taken.add(message);
        if (message.contains(part)) {
          return message;
        }
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
    throw new AssertionError("no message with " + part + " among " + taken);
  }

  @Override
  public void close() {
    try {
      int _ = (int) call("close", JAVA_INT, JAVA_INT).invoke(descriptor);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }
}
