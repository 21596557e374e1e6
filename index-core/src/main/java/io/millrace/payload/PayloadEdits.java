package io.millrace.payload;

import io.millrace.model.BadInput;
import io.millrace.model.PayloadBytes;
import io.millrace.model.PayloadPath;
import io.millrace.model.PayloadPath.Step;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Edits of a payload (Qdrant's behaviour, section 7.3). Values that an edit does not touch keep
/// their exact bytes; overwrite and clear are the new payload itself and [PayloadBytes#EMPTY].
public final class PayloadEdits {
  private PayloadEdits() {}

  /// Merges the top-level members of `patch` into the object at `key`, the payload itself without
  /// one; a null member deletes its key. On the way missing objects are made and values of another
  /// kind are replaced; `[n]` and `[]` reach existing elements only and leave `[]` behind where
  /// there was no array.
  public static PayloadBytes set(
      PayloadBytes payload, PayloadBytes patch, Optional<PayloadPath> key) {
    checkDepth(patch, key);
    List<Step> steps = key.map(PayloadPath::steps).orElse(List.of());
    SequencedMap<String, Span> merged = members(new Span(patch.utf8(), 0));
    Out out = new Out(payload.length() + patch.length());
    merge(new Span(payload.utf8(), 0), steps, merged, out);
    return out.payload();
  }

  /// Refuses an edit that could nest a payload deeper than it may be. Depends on the edit alone, so
  /// it can be asked before the edit is logged; [#set] throws the same [BadInput].
  public static void checkDepth(PayloadBytes patch, Optional<PayloadPath> key) {
    int steps = key.map(k -> k.steps().size()).orElse(0);
    if (steps + JsonScan.depth(patch.utf8()) > PayloadWriter.MAX_DEPTH) {
      throw BadInput.format("recursion limit exceeded: a payload nests at most 128 levels");
    }
  }

  /// Removes what each path leads to, one after the other; `a[]` empties the array, an index as
  /// last step removes nothing.
  public static PayloadBytes delete(PayloadBytes payload, List<PayloadPath> keys) {
    PayloadBytes rest = payload;
    for (PayloadPath key : keys) {
      Out out = new Out(rest.length());
      remove(new Span(rest.utf8(), 0), key.steps(), out);
      rest = out.payload();
    }
    return rest;
  }

  /// A value inside of canonical JSON.
  private record Span(byte[] json, int from) {
    byte kind() {
      return json[from];
    }
  }

  private static void merge(
      @Nullable Span old, List<Step> steps, Map<String, Span> patch, Out out) {
    if (steps.isEmpty()) {
      SequencedMap<String, Span> members = membersOrNone(old);
      patch.forEach((name, value) -> {
        if (value.kind() == 'n') {
          members.remove(name);
        } else {
          members.put(name, value);
        }
      });
      out.object(members);
      return;
    }
    List<Step> rest = steps.subList(1, steps.size());
    switch (steps.getFirst()) {
      case Step.Key(String name) -> {
        SequencedMap<String, Span> members = membersOrNone(old);
        Out changed = new Out(256);
        merge(members.get(name), rest, patch, changed);
        members.put(name, changed.span());
        out.object(members);
      }
      case Step.Index(int n) -> {
        List<Span> elements = elementsOrNone(old);
        if (n < elements.size()) {
          Out changed = new Out(256);
          merge(elements.get(n), rest, patch, changed);
          elements.set(n, changed.span());
        }
        out.array(elements);
      }
      case Step.All() -> {
        List<Span> elements = elementsOrNone(old);
        elements.replaceAll(element -> {
          Out changed = new Out(256);
          merge(element, rest, patch, changed);
          return changed.span();
        });
        out.array(elements);
      }
    }
  }

  private static void remove(Span old, List<Step> steps, Out out) {
    List<Step> rest = steps.subList(1, steps.size());
    switch (steps.getFirst()) {
      case Step.Key(String name) -> {
        if (old.kind() != '{') {
          out.value(old);
          return;
        }
        SequencedMap<String, Span> members = members(old);
        if (rest.isEmpty()) {
          members.remove(name);
        } else {
          members.computeIfPresent(name, (k, value) -> removed(value, rest));
        }
        out.object(members);
      }
      case Step.Index(int n) -> {
        if (old.kind() != '[' || rest.isEmpty()) {
          out.value(old);
          return;
        }
        List<Span> elements = elements(old);
        if (n < elements.size()) {
          elements.set(n, removed(elements.get(n), rest));
        }
        out.array(elements);
      }
      case Step.All() -> {
        if (old.kind() != '[') {
          out.value(old);
          return;
        }
        List<Span> elements = rest.isEmpty() ? List.of() : elements(old);
        if (!rest.isEmpty()) {
          elements.replaceAll(element -> removed(element, rest));
        }
        out.array(elements);
      }
    }
  }

  private static Span removed(Span old, List<Step> steps) {
    Out changed = new Out(256);
    remove(old, steps, changed);
    return changed.span();
  }

  private static SequencedMap<String, Span> membersOrNone(@Nullable Span value) {
    return value != null && value.kind() == '{' ? members(value) : new LinkedHashMap<>();
  }

  private static List<Span> elementsOrNone(@Nullable Span value) {
    return value != null && value.kind() == '[' ? elements(value) : new ArrayList<>();
  }

  private static SequencedMap<String, Span> members(Span object) {
    byte[] json = object.json;
    SequencedMap<String, Span> members = new LinkedHashMap<>();
    int at = object.from + 1;
    while (json[at] != '}') {
      int keyFrom = json[at] == ',' ? at + 1 : at;
      int keyTo = JsonScan.stringEnd(json, keyFrom);
      members.put(JsonScan.string(json, keyFrom, keyTo), new Span(json, keyTo + 1));
      at = JsonScan.end(json, keyTo + 1);
    }
    return members;
  }

  private static List<Span> elements(Span array) {
    byte[] json = array.json;
    List<Span> elements = new ArrayList<>();
    int at = array.from + 1;
    while (json[at] != ']') {
      int from = json[at] == ',' ? at + 1 : at;
      elements.add(new Span(json, from));
      at = JsonScan.end(json, from);
    }
    return elements;
  }

  /// Canonical text in the making.
  private static final class Out extends ByteArrayOutputStream {
    Out(int expectedBytes) {
      super(expectedBytes);
    }

    void value(Span value) {
      write(value.json, value.from, JsonScan.end(value.json, value.from) - value.from);
    }

    void object(SequencedMap<String, Span> members) {
      write('{');
      boolean first = true;
      for (Map.Entry<String, Span> member : members.entrySet()) {
        if (!first) {
          write(',');
        }
        first = false;
        writeBytes(PayloadWriter.quoted(member.getKey()));
        write(':');
        value(member.getValue());
      }
      write('}');
    }

    void array(List<Span> elements) {
      write('[');
      for (int i = 0; i < elements.size(); i++) {
        if (i > 0) {
          write(',');
        }
        value(elements.get(i));
      }
      write(']');
    }

    Span span() {
      return new Span(toByteArray(), 0);
    }

    PayloadBytes payload() {
      return new PayloadBytes(toByteArray());
    }
  }
}
