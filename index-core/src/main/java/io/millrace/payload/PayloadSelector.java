package io.millrace.payload;

import io.millrace.model.Fetch.PayloadPart;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// Cuts a payload to what a read asks for (Qdrant's behaviour, section 9). Every value has a path
/// in which array elements are `[]`; the value is kept or dropped by that path alone. Kept scalars
/// keep their exact bytes.
public final class PayloadSelector {
  private final byte[] json;
  private final boolean include;
  private final List<PayloadPath> paths;
  private final List<Step> here = new ArrayList<>();
  private final ByteArrayOutputStream out;

  private PayloadSelector(byte[] json, boolean include, List<PayloadPath> paths) {
    this.json = json;
    this.include = include;
    this.paths = paths;
    this.out = new ByteArrayOutputStream(json.length);
  }

  /// `None` gives the empty object.
  public static PayloadBytes select(PayloadBytes payload, PayloadPart part) {
    return switch (part) {
      case PayloadPart.None() -> PayloadBytes.EMPTY;
      case PayloadPart.All() -> payload;
      case PayloadPart.Include(var paths) -> select(payload, true, paths);
      case PayloadPart.Exclude(var paths) -> select(payload, false, paths);
    };
  }

  private static PayloadBytes select(
      PayloadBytes payload, boolean include, List<PayloadPath> paths) {
    PayloadSelector selector = new PayloadSelector(payload.utf8(), include, paths);
    selector.value(0);
    return new PayloadBytes(selector.out.toByteArray());
  }

  /// Writes what remains of the value at byte offset `at`; returns the offset behind it.
  private int value(int at) {
    return switch (json[at]) {
      case '{' -> object(at);
      case '[' -> array(at);
      default -> {
        int end = JsonScan.end(json, at);
        out.write(json, at, end - at);
        yield end;
      }
    };
  }

  private int object(int start) {
    out.write('{');
    boolean first = true;
    int at = start + 1;
    while (json[at] != '}') {
      int keyFrom = json[at] == ',' ? at + 1 : at;
      int keyTo = JsonScan.stringEnd(json, keyFrom);
      here.add(new Step.Key(JsonScan.string(json, keyFrom, keyTo)));
      if (isKept()) {
        if (!first) {
          out.write(',');
        }
        first = false;
        out.write(json, keyFrom, keyTo + 1 - keyFrom);
        at = value(keyTo + 1);
      } else {
        at = JsonScan.end(json, keyTo + 1);
      }
      here.removeLast();
    }
    out.write('}');
    return at + 1;
  }

  private int array(int start) {
    out.write('[');
    here.add(new Step.All());
    boolean kept = isKept();
    boolean first = true;
    int at = start + 1;
    while (json[at] != ']') {
      int from = json[at] == ',' ? at + 1 : at;
      if (kept) {
        if (!first) {
          out.write(',');
        }
        first = false;
        at = value(from);
      } else {
        at = JsonScan.end(json, from);
      }
    }
    here.removeLast();
    out.write(']');
    return at + 1;
  }

  private boolean isKept() {
    for (PayloadPath path : paths) {
      List<Step> steps = path.steps();
      int shared = Math.min(steps.size(), here.size());
      if (steps.subList(0, shared).equals(here.subList(0, shared))
          && (include || steps.size() == here.size())) {
        return include;
      }
    }
    return !include;
  }
}
