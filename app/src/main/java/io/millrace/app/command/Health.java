package io.millrace.app.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/// Asks a server of this machine whether it is ready, for health checks that run every few seconds:
/// a plain socket and nothing of the other jars, so that it costs a JVM start and no more. The
/// launcher runs it for `millrace health`.
final class Health {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String USAGE =
      "usage: millrace health [--port PORT] [--host ADDRESS] [--path PATH]";

  private Health() {}

  /// @param ok whether the answer is good
  /// @param text one line for people
  record Finding(boolean ok, String text) {}

  /// Exit code 0 = ready, 1 = not, 2 = wrong usage.
  public static void main(String[] args) {
    String host = "127.0.0.1";
    String path = "/readyz";
    String port = defaultPort(System.getenv());
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        usage(args[i] + " needs a value");
      }
      switch (args[i]) {
        case "-p", "--port" -> port = args[i + 1];
        case "--host" -> host = args[i + 1];
        case "--path" -> path = args[i + 1];
        default -> usage("unknown option " + args[i]);
      }
    }
    int number = -1;
    try {
      number = Integer.parseInt(port);
    } catch (NumberFormatException e) {
      usage("--port: not a number: " + port);
    }
    if (number < 1 || number > 65_535) {
      usage("--port: not a port: " + port);
    }
    Finding finding = ask(host, number, path);
    System.out.println(finding.text());
    System.exit(finding.ok() ? 0 : 1);
  }

  private static void usage(String mistake) {
    System.err.println("millrace health: " + mistake);
    System.err.println(USAGE);
    System.exit(2);
  }

  /// The port that a server with this environment answers probes on: the operator's if there is
  /// one, since it never has TLS.
  static String defaultPort(Map<String, String> environment) {
    for (String name :
        new String[] {
          "MILLRACE__SERVICE__METRICS_PORT",
          "QDRANT__SERVICE__METRICS_PORT",
          "MILLRACE__SERVICE__HTTP_PORT",
          "QDRANT__SERVICE__HTTP_PORT"
        }) {
      String port = environment.getOrDefault(name, "");
      if (!port.isEmpty() && !port.equals("0")) {
        return port;
      }
    }
    return "6333";
  }

  static Finding ask(String host, int port, String path) {
    try (var socket = new Socket()) {
      int millis = (int) PATIENCE.toMillis();
      socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), millis);
      socket.setSoTimeout(millis);
      String request =
          "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String first = in.readLine();
      boolean ok = first != null && first.startsWith("HTTP/1.1 200");
      return new Finding(ok, ok ? "ready" : "not ready: " + first);
    } catch (IOException e) {
      return new Finding(false, "not ready: nothing answers at " + host + ":" + port);
    }
  }
}
