package io.millrace.api.json;

import io.millrace.collection.Quotas;
import io.millrace.model.BadInput;
import io.millrace.model.QuotaConfig;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// Qdrant's `QuotaConfig`, `QuotaUsage` and `QuotaExceeded`.
public final class QuotasJson {
  private static final String ENABLED = "enabled";
  private static final String MEMORY = "max_resident_memory_percent";
  private static final String DISK = "max_disk_usage_percent";
  private static final String MARGIN = "release_margin_percent";

  private static final Shape.Struct CONFIG =
      Shape.struct("struct QuotaConfig")
          .with(ENABLED, Shape.BOOL)
          .with(MEMORY, percent(1))
          .with(DISK, percent(1))
          .with(MARGIN, percent(0));

  private QuotasJson() {}

  /// More than a byte holds is a format error, not one of range.
  private static Shape percent(long least) {
    return (node, at, violations) -> {
      long value = Tree.u64(node);
      if (value < 0 || value > 0xFF) {
        throw BadInput.format("invalid value: " + Tree.found(node) + ", expected u8");
      }
      violations.range(at, value, least, 100);
      return Shape.NODES.numberNode(value);
    };
  }

  public static QuotaConfig config(JsonIn in) {
    JsonNode body = CONFIG.read(in.tree(), At.BODY, in.violations());
    in.violations().check(); // before values out of range are taken for percentages
    return new QuotaConfig(
        body.path(ENABLED).booleanValue(false),
        whole(body, MEMORY),
        whole(body, DISK),
        whole(body, MARGIN));
  }

  private static OptionalInt whole(JsonNode body, String field) {
    JsonNode node = body.path(field);
    return node.isIntegralNumber() ? OptionalInt.of(node.intValue()) : OptionalInt.empty();
  }

  /// Limits that are not set are left out.
  public static void write(JsonGenerator out, QuotaConfig config) {
    out.writeStartObject();
    out.writeBooleanProperty(ENABLED, config.enabled());
    config.residentMemory().ifPresent(percent -> out.writeNumberProperty(MEMORY, percent));
    config.diskUsage().ifPresent(percent -> out.writeNumberProperty(DISK, percent));
    config.releaseMargin().ifPresent(percent -> out.writeNumberProperty(MARGIN, percent));
    out.writeEndObject();
  }

  /// What is not known is null.
  public static void write(JsonGenerator out, Quotas.Usage usage) {
    out.writeStartObject();
    number(out, "resident_memory_percent", usage.residentMemory());
    number(out, "disk_usage_percent", usage.diskUsage());
    out.writeEndObject();
  }

  private static void number(JsonGenerator out, String name, OptionalInt value) {
    if (value.isPresent()) {
      out.writeNumberProperty(name, value.getAsInt());
    } else {
      out.writeNullProperty(name);
    }
  }

  /// What cannot be exceeded is null.
  public static void write(JsonGenerator out, Quotas.Exceeded exceeded) {
    out.writeStartObject();
    flag(out, "resident_memory", exceeded.residentMemory());
    flag(out, "disk_usage", exceeded.diskUsage());
    out.writeEndObject();
  }

  private static void flag(JsonGenerator out, String name, Optional<Boolean> value) {
    if (value.isPresent()) {
      out.writeBooleanProperty(name, value.get());
    } else {
      out.writeNullProperty(name);
    }
  }
}
