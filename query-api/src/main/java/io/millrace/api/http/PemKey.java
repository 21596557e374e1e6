package io.millrace.api.http;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An unencrypted private key as tools write it: PKCS#8, or that without its envelope, which is
/// PKCS#1 of an RSA key and SEC 1 of one on a curve.
final class PemKey {
  private static final Logger log = LoggerFactory.getLogger(PemKey.class);

  private static final int INTEGER = 0x02;
  private static final int OCTETS = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int CURVE = 0xA0; // in SEC 1
  private static final byte[] VERSION = {INTEGER, 1, 0};
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201"); // without curve

  private PemKey() {}

  /// Throws [IllegalArgumentException] that says what of the text is wrong.
  static PrivateKey read(String pem) {
    return key(
        block(pem, "PRIVATE KEY")
            .or(() -> block(pem, "RSA PRIVATE KEY").map(pkcs1 -> pkcs8(RSA, pkcs1)))
            .or(() ->
                block(pem, "EC PRIVATE KEY")
                    .map(sec1 -> pkcs8(der(SEQUENCE, EC, curve(sec1)), sec1)))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "holds no unencrypted private key (PKCS#8, PKCS#1 or SEC 1 in PEM); other"
                        + " forms are turned into one by `openssl pkcs8 -topk8 -nocrypt`")));
  }

  private static PrivateKey key(byte[] pkcs8) {
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException another) {
        log.debug("The key is no {} key", algorithm, another);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java has " + algorithm, e);
      }
    }
    throw new IllegalArgumentException("holds a key that is neither RSA nor EC nor Ed25519");
  }

  /// Empty without such a block, and for one that says in a line of its own that it is encrypted.
  private static Optional<byte[]> block(String pem, String label) {
    String first = "-----BEGIN " + label + "-----";
    int begin = pem.indexOf(first);
    int end = pem.indexOf("-----END " + label + "-----");
    if (begin < 0 || end < begin) {
      return Optional.empty();
    }
    String text = pem.substring(begin + first.length(), end);
    if (text.contains(":")) {
      return Optional.empty();
    }
    try {
      return Optional.of(Base64.getMimeDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("holds a key that is no Base64", e);
    }
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return der(SEQUENCE, VERSION, algorithm, der(OCTETS, key));
  }

  /// The name of the curve, which SEC 1 has behind the number that is the key.
  private static byte[] curve(byte[] sec1) {
    ByteBuffer in = ByteBuffer.wrap(sec1);
    try {
      in.get();
      length(in);
      while (in.hasRemaining()) {
        int tag = in.get() & 0xFF;
        int end = length(in) + in.position();
        if (tag == CURVE && end <= sec1.length) {
          return Arrays.copyOfRange(sec1, in.position(), end);
        }
        in.position(end);
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IllegalArgumentException("holds a key that is cut off", e);
    }
    throw new IllegalArgumentException("holds a key that does not name its curve");
  }

  private static int length(ByteBuffer in) {
    int first = in.get() & 0xFF;
    int length = first < 0x80 ? first : 0;
    for (int bytes = first < 0x80 ? 0 : first & 0x7F; bytes > 0; bytes--) {
      length = length << 8 | in.get() & 0xFF;
    }
    return length;
  }

  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82); // keys are shorter than 64 KiB
      out.write(length >> 8);
      out.write(length);
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
