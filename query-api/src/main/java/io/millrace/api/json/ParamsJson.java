package io.millrace.api.json;

import io.millrace.model.NearestQuery.SearchParams;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// `params`: hints for how to search.
final class ParamsJson {
  private ParamsJson() {}

  static SearchParams read(JsonIn in, At at) {
    OptionalInt ef = OptionalInt.empty();
    boolean exact = false;
    boolean indexedOnly = false;
    boolean ignore = false;
    SearchParams.Rescore rescore = SearchParams.Rescore.DEFAULT;
    OptionalDouble oversampling = OptionalDouble.empty();
    JsonIn.Fields fields = in.object("struct SearchParams");
    while (fields.next()) {
      switch (fields.name()) {
        case "hnsw_ef" -> {
          long value = in.u64();
          in.violations().range(at.field("hnsw_ef"), value, 1, -1L);
          boolean large = value < 0 || value > Integer.MAX_VALUE;
          ef = OptionalInt.of(large ? Integer.MAX_VALUE : (int) value);
        }
        case "exact" -> exact = in.bool();
        case "indexed_only" -> indexedOnly = in.bool();
        case "quantization" -> {
          JsonIn.Fields inner = in.object("struct QuantizationSearchParams");
          while (inner.next()) {
            switch (inner.name()) {
              case "ignore" -> ignore = in.bool();
              case "rescore" ->
                  rescore = in.bool() ? SearchParams.Rescore.ON : SearchParams.Rescore.OFF;
              case "oversampling" -> {
                double value = in.f64();
                in.violations()
                    .range(
                        at.field("quantization").field("oversampling"),
                        value,
                        1.0,
                        Double.POSITIVE_INFINITY);
                oversampling = OptionalDouble.of(value);
              }
              default -> in.skip();
            }
          }
        }
        case "acorn" -> acorn(in, at.field("acorn"));
        default -> in.skip();
      }
    }
    return new SearchParams(ef, exact, indexedOnly, ignore, rescore, oversampling);
  }

  /// A hint for another way to walk a graph; read for its form only.
  private static void acorn(JsonIn in, At at) {
    JsonIn.Fields fields = in.object("struct AcornSearchParams");
    while (fields.next()) {
      switch (fields.name()) {
        case "enable" -> in.bool();
        case "max_selectivity" ->
            in.violations().range(at.field("max_selectivity"), in.f64(), 0.0, 1.0);
        default -> in.skip();
      }
    }
  }
}
