package io.millrace.api.auth;

import io.millrace.api.status.Fault;
import java.util.Map;
import java.util.Optional;

/// What the key or token of a request opens.
public sealed interface Grant {
  Grant EVERYTHING = new Everything();
  Grant READ_ONLY = new ReadOnly();

  record Everything() implements Grant {}

  record ReadOnly() implements Grant {}

  /// @param collections by the name that is asked for, be it an alias
  record Listed(Map<String, Right> collections) implements Grant {
    public Listed {
      collections = Map.copyOf(collections);
    }
  }

  /// On one collection.
  enum Right {
    READ,
    /// Points may be changed, what surrounds them is neither seen nor changed.
    POINTS,
    WRITE
  }

  /// Throws the answer for who may not do this.
  ///
  /// @param collection the one that is concerned, if it is only one
  default void check(Access asked, Optional<String> collection) {
    switch (this) {
      case Everything _ -> {}
      case ReadOnly _ -> {
        switch (asked) {
          case FREE, ANY, READ, READ_WHOLE -> {}
          case WRITE, WRITE_WHOLE, MANAGE -> throw forbidden("Global manage access is required");
        }
      }
      case Listed(Map<String, Right> listed) -> {
        switch (asked) {
          case FREE, ANY -> {}
          case MANAGE -> throw forbidden("Global access is required");
          case READ, READ_WHOLE, WRITE, WRITE_WHOLE -> {
            if (collection.isEmpty()) {
              throw forbidden("Global access is required");
            }
            Right right = listed.get(collection.get());
            if (right == null) {
              throw forbidden("Access to collection " + collection.get() + " is required");
            }
            checkRight(asked, right, collection.get());
          }
        }
      }
    }
  }

  private static void checkRight(Access asked, Right right, String collection) {
    boolean whole = asked == Access.READ_WHOLE || asked == Access.WRITE_WHOLE;
    boolean write = asked == Access.WRITE || asked == Access.WRITE_WHOLE;
    if (whole && right == Right.POINTS) {
      throw forbidden("Only points access is allowed for collection " + collection);
    }
    if (write && right == Right.READ) {
      throw forbidden("Write access to collection " + collection + " is required");
    }
  }

  /// Whether lists may name the collection.
  default boolean shows(String collection) {
    return switch (this) {
      case Everything _, ReadOnly _ -> true;
      case Listed(Map<String, Right> listed) -> listed.containsKey(collection);
    };
  }

  /// Whether what concerns all collections may be told.
  default boolean showsAll() {
    return switch (this) {
      case Everything _, ReadOnly _ -> true;
      case Listed _ -> false;
    };
  }

  private static Fault forbidden(String text) {
    return Fault.json(403, "Forbidden: " + text);
  }
}
