package io.millrace.app.backup;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests as S3 wants it (AWS Signature Version 4, header form).
///
/// @param accessKey names the secret
/// @param region as `eu-central-1`
record Signer(String accessKey, String secretKey, String region) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  static String time(Instant now) {
    return TIME.format(now);
  }

  /// The value of `Authorization`.
  ///
  /// @param uri with path and query in their encoded form, parameters sorted
  /// @param headers all that are signed, in lower case: `host`, `x-amz-date` and
  ///   `x-amz-content-sha256` among them
  String authorization(String method, URI uri, SortedMap<String, String> headers) {
    String time = headers.getOrDefault("x-amz-date", "");
    String day = time.substring(0, 8);
    String names = String.join(";", headers.keySet());
    StringBuilder request = new StringBuilder();
    request.append(method).append('\n').append(uri.getRawPath()).append('\n');
    request.append(uri.getRawQuery() == null ? "" : uri.getRawQuery()).append('\n');
    headers.forEach(
        (name, value) -> request.append(name).append(':').append(value.strip()).append('\n'));
    request.append('\n').append(names).append('\n');
    request.append(headers.getOrDefault("x-amz-content-sha256", ""));
    String scope = day + "/" + region + "/s3/aws4_request";
    String toSign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + sha256(request.toString());
    byte[] key = hmac(("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8), day);
    key = hmac(hmac(hmac(key, region), "s3"), "aws4_request");
    return "AWS4-HMAC-SHA256 Credential="
        + accessKey
        + "/"
        + scope
        + ",SignedHeaders="
        + names
        + ",Signature="
        + HexFormat.of().formatHex(hmac(key, toSign));
  }

  /// A map for headers, in the order they are signed in.
  static SortedMap<String, String> headers() {
    return new TreeMap<>();
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java has HmacSHA256", e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /// Never what the keys are.
  @Override
  public String toString() {
    return "Signer[region=" + region + "]";
  }
}
