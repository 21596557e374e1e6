package io.millrace.app;

import io.millrace.app.command.CommandFailure;
import io.millrace.app.host.NetworkFileSystems;
import io.millrace.model.Failure;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Why a server does not start, as one line with cause and cure.
final class StartFailures {
  private StartFailures() {}

  /// @param flag by which another port is chosen
  static CommandFailure listen(String host, int port, String flag, Throwable cause) {
    String where = host + ":" + port;
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof BindException) {
        String message = String.valueOf(t.getMessage());
        return message.contains("in use")
            ? new CommandFailure(
                where
                    + " is in use by another process; stop that one or choose another port by "
                    + flag,
                cause)
            : new CommandFailure(
                where + " cannot be listened on: " + message + "; choose another address by --host",
                cause);
      }
      if (t instanceof java.nio.channels.UnresolvedAddressException
          || t instanceof java.net.UnknownHostException) {
        return new CommandFailure(
            host + " is no address of this machine; choose another by --host", cause);
      }
    }
    return new CommandFailure(where + " cannot be listened on: " + reason(cause), cause);
  }

  static CommandFailure noInferenceModule() {
    return new CommandFailure(
        "inference.enabled is true, but the module `inference` is not in lib/ext; build with"
            + " scripts/build --with-inference (docs/inference.md), or set it to false");
  }

  /// @param fileSystem that the folder lies on, where it is known
  static Optional<CommandFailure> network(Path folder, Optional<String> fileSystem) {
    return fileSystem
        .filter(NetworkFileSystems::isUnfit)
        .map(type ->
            new CommandFailure(
                "the data folder "
                    + folder
                    + " lies on "
                    + type
                    + ", a file system over the network, where acknowledged data may be lost;"
                    + " choose a disk of this machine by --data-dir, or allow it by --set"
                    + " storage.allow_network_file_system=true"));
  }

  static CommandFailure dataFolder(Path folder, Throwable cause) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      return new CommandFailure(
          "the data folder " + folder + " is a file; choose a folder by --data-dir", cause);
    }
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof AccessDeniedException) {
        return new CommandFailure(
            "the data folder "
                + folder
                + " is not writable for user "
                + user()
                + "; change its owner or choose another by --data-dir",
            cause);
      }
      if (t instanceof IOException && String.valueOf(t.getMessage()).contains("No space left")) {
        return new CommandFailure(
            "the disk of "
                + folder
                + " is full; free space on it and start again. Meanwhile `millrace query` with the"
                + " same folder answers reads, as of the last commit",
            cause);
      }
      if (t instanceof NoSuchFileException) {
        return new CommandFailure(
            "the data folder " + folder + " cannot be made: " + t.getMessage() + " is missing",
            cause);
      }
    }
    return cause instanceof Failure
        ? new CommandFailure(reason(cause), cause)
        : new CommandFailure(
            "the data folder " + folder + " cannot be used: " + reason(cause), cause);
  }

  /// A container may run as a number that has no name.
  private static String user() {
    String name = System.getProperty("user.name", "?");
    if (!name.equals("?")) {
      return name;
    }
    try {
      return String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
      return name;
    }
  }

  static CommandFailure link(Path socket, IOException cause) {
    boolean tooLong = String.valueOf(cause.getMessage()).contains("too long");
    return new CommandFailure(
        "the socket "
            + socket
            + " cannot be made: "
            + reason(cause)
            + (tooLong ? "; name a shorter path by --set link.socket=PATH" : ""),
        cause);
  }

  static CommandFailure auditLog(Path folder, IOException cause) {
    return new CommandFailure(
        "the audit log cannot be written in "
            + folder
            + " ("
            + reason(cause)
            + "); choose another folder by audit.dir",
        cause);
  }

  static String reason(Throwable t) {
    String message = t.getMessage();
    if (t instanceof FileSystemException file && file.getReason() != null) {
      return file.getFile() + ": " + file.getReason();
    }
    return message == null ? t.getClass().getSimpleName() : message;
  }
}
