package io.millrace.ingest.record;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A record as it arrived. Immutable by agreement: arrays handed in or out are never written to.
public final class RawRecord {

  /// One header; a header without a value is empty.
  public static final class Header {
    private final String name;
    private final byte[] value;

    public Header(String name, byte[] value) {
      this.name = name;
      this.value = value;
    }

    public String name() {
      return name;
    }

    public byte[] value() {
      return value;
    }
  }

  private final long number;
  private final long timestampMillis;
  private final byte @Nullable [] key;
  private final byte @Nullable [] value;
  private final List<Header> headers;
  private final Optional<Decoded.Bad> fault;

  /// @param number Kafka offset, or line from 1
  /// @param timestampMillis time of the record, file time for a line
  /// @param key null where there is none
  /// @param value null for a record without value
  public RawRecord(
      long number,
      long timestampMillis,
      byte @Nullable [] key,
      byte @Nullable [] value,
      List<Header> headers) {
    this(number, timestampMillis, key, value, headers, Optional.empty());
  }

  private RawRecord(
      long number,
      long timestampMillis,
      byte @Nullable [] key,
      byte @Nullable [] value,
      List<Header> headers,
      Optional<Decoded.Bad> fault) {
    this.number = number;
    this.timestampMillis = timestampMillis;
    this.key = key;
    this.value = value;
    this.headers = headers;
    this.fault = fault;
  }

  /// A record that its edge could not read whole; `value` is what there is of it.
  public static RawRecord faulty(
      long number, long timestampMillis, byte[] value, Decoded.Bad fault) {
    return new RawRecord(number, timestampMillis, null, value, List.of(), Optional.of(fault));
  }

  public Optional<Decoded.Bad> fault() {
    return fault;
  }

  public long number() {
    return number;
  }

  public long timestampMillis() {
    return timestampMillis;
  }

  public byte @Nullable [] key() {
    return key;
  }

  public byte @Nullable [] value() {
    return value;
  }

  public List<Header> headers() {
    return headers;
  }

  /// The last header of that name.
  public Optional<String> header(String name) {
    for (int i = headers.size() - 1; i >= 0; i--) {
      if (headers.get(i).name().equals(name)) {
        return Optional.of(new String(headers.get(i).value(), StandardCharsets.UTF_8));
      }
    }
    return Optional.empty();
  }

  /// Bytes that the record holds in memory, objects around them included (roughly).
  public int bytes() {
    int sum = 100 + (key == null ? 0 : key.length) + (value == null ? 0 : value.length);
    for (Header header : headers) {
      sum += 64 + header.name().length() + header.value().length;
    }
    return sum;
  }
}
