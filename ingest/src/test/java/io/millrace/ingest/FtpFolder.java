package io.millrace.ingest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/// A folder behind as much of an FTP server (RFC 959, passive mode) as a client needs that lists it
/// and fetches what is there.
final class FtpFolder implements AutoCloseable {
  private final Path folder;
  private final ServerSocket listening;
  private final List<String> fetched = new CopyOnWriteArrayList<>();

  FtpFolder(Path folder) throws IOException {
    this.folder = folder;
    this.listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /// Names, as often as they were fetched.
  List<String> fetched() {
    return fetched;
  }

  private void accept() {
    try {
      while (!listening.isClosed()) {
        Socket client = listening.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      // the end
    }
  }

  private void serve(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        ServerSocket data = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      say(client, "220 ready");
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split(" ", 2);
        String argument = words.length > 1 ? words[1] : "";
        switch (words[0].toUpperCase(Locale.ROOT)) {
          case "USER" -> say(client, "331 password please");
          case "PASS" -> say(client, "230 welcome");
          case "SYST" -> say(client, "215 UNIX Type: L8");
          case "PWD" -> say(client, "257 \"/\" is where you are");
          case "TYPE", "CWD", "CDUP", "NOOP", "MODE", "STRU" -> say(client, "200 fine");
          case "PASV" -> {
            int port = data.getLocalPort();
            say(client, "227 come to (127,0,0,1," + port / 256 + "," + port % 256 + ")");
          }
          case "LIST" -> send(client, data, listing().getBytes(StandardCharsets.UTF_8));
          case "RETR" -> {
            String name = argument.substring(argument.lastIndexOf('/') + 1);
            fetched.add(name);
            send(client, data, Files.readAllBytes(folder.resolve(name)));
          }
          case "QUIT" -> {
            say(client, "221 bye");
            return;
          }
          default -> say(client, "502 not here: " + line);
        }
      }
    } catch (IOException gone) {
      // the client's own affair
    }
  }

  private String listing() {
    StringBuilder lines = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        lines.append(
            "-rw-r--r-- 1 owner group %d Jan 02 2026 %s\r\n"
                .formatted(Files.size(file), file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines.toString();
  }

  private static void send(Socket client, ServerSocket data, byte[] bytes) throws IOException {
    say(client, "150 here it comes");
    try (Socket to = data.accept();
        OutputStream out = to.getOutputStream()) {
      out.write(bytes);
    }
    say(client, "226 done");
  }

  private static void say(Socket client, String line) throws IOException {
    client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
