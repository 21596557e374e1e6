package io.millrace.payload;

import io.millrace.model.PayloadIndex;
import io.millrace.model.PointId;
import io.millrace.model.Scalar;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How values at a key are compared with those of a match condition, given the key's index.
public sealed interface Equality {
  /// Whether the value is one of those wanted.
  boolean has(JsonValue value);

  /// Whether the value counts for `except`: null never does, and with an index only what it holds.
  boolean knows(JsonValue value);

  /// Not by `Set.copyOf`, which goes through all of a run of numbers to find that one is missing.
  static Equality of(Optional<PayloadIndex> index, List<Scalar> wanted) {
    return switch (kind(index, wanted)) {
      case PLAIN -> new Plain(new HashSet<>(wanted));
      case STRINGS -> new Strings(new HashSet<>(wanted));
      case WHOLE -> Whole.of(wanted);
      case UUIDS -> Uuids.of(wanted);
    };
  }

  enum Kind {
    PLAIN,
    STRINGS,
    WHOLE,
    UUIDS
  }

  /// A list of another type than the index behaves as without index. An empty list is one of
  /// strings.
  static Kind kind(Optional<PayloadIndex> index, List<Scalar> wanted) {
    return switch (index.orElse(null)) {
      case PayloadIndex.Keyword _ when all(wanted, Scalar.Text.class) -> Kind.STRINGS;
      case PayloadIndex.Whole whole
          when whole.lookup() && !wanted.isEmpty() && all(wanted, Scalar.Whole.class) ->
          Kind.WHOLE;
      case PayloadIndex.Uuid _ when wanted.stream().allMatch(w -> uuid(w).isPresent()) ->
          Kind.UUIDS;
      case null, default -> Kind.PLAIN;
    };
  }

  private static boolean all(List<Scalar> wanted, Class<? extends Scalar> type) {
    return wanted.stream().allMatch(type::isInstance);
  }

  private static Optional<PointId> uuid(Scalar scalar) {
    return scalar instanceof Scalar.Text(var text) ? PointId.parseUuid(text) : Optional.empty();
  }

  /// The number's value if it is integral and has 64 signed bits, whatever its spelling.
  static OptionalLong integral(JsonValue.Num number) {
    if (number.isWhole()) {
      return OptionalLong.of(number.whole());
    }
    double value = number.number();
    return isIntegral(value) ? OptionalLong.of((long) value) : OptionalLong.empty();
  }

  static boolean isIntegral(double value) {
    return value == Math.rint(value) && value >= -0x1p63 && value < 0x1p63;
  }

  record Plain(Set<Scalar> wanted) implements Equality {
    @Override
    public boolean has(JsonValue value) {
      return switch (value) {
        case JsonValue.Text(var text) -> wanted.contains(new Scalar.Text(text));
        case JsonValue.Num n -> n.isWhole() && wanted.contains(new Scalar.Whole(n.whole()));
        case JsonValue.Bool(boolean b) -> wanted.contains(new Scalar.Bool(b));
        case JsonValue.Null ignored -> false;
        case JsonValue.Arr ignored -> false;
        case JsonValue.Obj ignored -> false;
      };
    }

    @Override
    public boolean knows(JsonValue value) {
      return !(value instanceof JsonValue.Null);
    }
  }

  record Strings(Set<Scalar> wanted) implements Equality {
    @Override
    public boolean has(JsonValue value) {
      return value instanceof JsonValue.Text(var text) && wanted.contains(new Scalar.Text(text));
    }

    @Override
    public boolean knows(JsonValue value) {
      return value instanceof JsonValue.Text;
    }
  }

  record Whole(Set<Long> wanted) implements Equality {
    private static Whole of(List<Scalar> wanted) {
      Set<Long> numbers = new HashSet<>();
      for (Scalar scalar : wanted) {
        if (scalar instanceof Scalar.Whole(long n)) {
          numbers.add(n);
        }
      }
      return new Whole(numbers);
    }

    @Override
    public boolean has(JsonValue value) {
      OptionalLong n = value instanceof JsonValue.Num num ? integral(num) : OptionalLong.empty();
      return n.isPresent() && wanted.contains(n.getAsLong());
    }

    @Override
    public boolean knows(JsonValue value) {
      return value instanceof JsonValue.Num number && integral(number).isPresent();
    }
  }

  record Uuids(Set<PointId> wanted) implements Equality {
    private static Uuids of(List<Scalar> wanted) {
      Set<PointId> ids = new HashSet<>();
      wanted.forEach(w -> uuid(w).ifPresent(ids::add));
      return new Uuids(ids);
    }

    private static @Nullable PointId id(JsonValue value) {
      return value instanceof JsonValue.Text(var text)
          ? PointId.parseUuid(text).orElse(null)
          : null;
    }

    @Override
    public boolean has(JsonValue value) {
      PointId id = id(value);
      return id != null && wanted.contains(id);
    }

    @Override
    public boolean knows(JsonValue value) {
      return id(value) != null;
    }
  }
}
