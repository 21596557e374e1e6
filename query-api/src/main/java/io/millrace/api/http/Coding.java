package io.millrace.api.http;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import io.millrace.api.status.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;
import org.brotli.dec.BrotliInputStream;
import org.jspecify.annotations.Nullable;

/// How bodies are compressed on the wire: requests in any of these, answers in those that we write.
enum Coding {
  GZIP("gzip") {
    @Override
    InputStream decoded(InputStream in) throws IOException {
      return new GZIPInputStream(in, BUFFER_BYTES);
    }

    @Override
    OutputStream encoded(OutputStream out) throws IOException {
      return new GZIPOutputStream(out, BUFFER_BYTES) {
        {
          def.setLevel(Deflater.BEST_SPEED); // JSON shrinks nearly as much
        }
      };
    }
  },
  ZSTD("zstd") {
    @Override
    InputStream decoded(InputStream in) throws IOException {
      return new ZstdInputStream(in).setLongMax(ZSTD_WINDOW_LOG);
    }

    @Override
    OutputStream encoded(OutputStream out) throws IOException {
      return new ZstdOutputStream(out, 1);
    }
  },
  DEFLATE("deflate") {
    @Override
    InputStream decoded(InputStream in) {
      return new InflaterInputStream(in);
    }

    @Override
    OutputStream encoded(OutputStream out) {
      return new DeflaterOutputStream(out, new Deflater(Deflater.BEST_SPEED), BUFFER_BYTES) {
        @Override
        public void close() throws IOException {
          try {
            super.close();
          } finally {
            def.end();
          }
        }
      };
    }
  },
  /// Read only.
  BROTLI("br") {
    @Override
    InputStream decoded(InputStream in) throws IOException {
      return new BrotliInputStream(in, BUFFER_BYTES);
    }

    @Override
    OutputStream encoded(OutputStream out) {
      throw new IllegalStateException("answers are not coded so");
    }
  };

  private static final int BUFFER_BYTES = 8 << 10;

  /// 8 MiB, what RFC 9659 allows: a frame of a few bytes could else ask for 128 MiB.
  private static final int ZSTD_WINDOW_LOG = 23;

  /// Of what a client takes the first.
  private static final List<Coding> WRITTEN = List.of(GZIP, ZSTD, DEFLATE);

  private final String header;

  Coding(String header) {
    this.header = header;
  }

  String header() {
    return header;
  }

  /// Closes `in` when it is closed.
  abstract InputStream decoded(InputStream in) throws IOException;

  /// Closes `out` when it is closed.
  abstract OutputStream encoded(OutputStream out) throws IOException;

  /// What a `Content-Encoding` names; empty for a body that is as it is.
  static Optional<Coding> of(@Nullable String header) {
    if (header == null || header.equalsIgnoreCase("identity")) {
      return Optional.empty();
    }
    String name = header.strip().toLowerCase(Locale.ROOT);
    for (Coding coding : values()) {
      if (name.equals(coding.header) || name.equals("x-" + coding.header)) {
        return Optional.of(coding);
      }
    }
    throw Fault.json(
        400, "Content encoding `" + header + "` is not supported, use gzip, deflate, br or zstd");
  }

  /// The one for an answer to who sends this `Accept-Encoding`.
  static Optional<Coding> taken(@Nullable String header) {
    if (header == null) {
      return Optional.empty();
    }
    List<String> offers = List.of(header.toLowerCase(Locale.ROOT).split(",", -1));
    return WRITTEN.stream()
        .filter(coding -> offers.stream().anyMatch(offer -> takes(offer.strip(), coding)))
        .findFirst();
  }

  private static boolean takes(String offer, Coding coding) {
    return offer.equals(coding.header)
        || (offer.startsWith(coding.header + ";") && !isRefused(offer));
  }

  /// With a weight of 0: `gzip;q=0.0`.
  private static boolean isRefused(String offer) {
    int weight = offer.indexOf("q=");
    return weight >= 0 && offer.substring(weight + 2).chars().allMatch(c -> c == '0' || c == '.');
  }
}
