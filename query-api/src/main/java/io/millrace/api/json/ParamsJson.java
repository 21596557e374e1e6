package io.millrace.api.json;

import io.millrace.model.Filter;
import io.millrace.model.NearestQuery.SearchParams;
import java.util.Optional;
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
    Optional<SearchParams.Idf> idf = Optional.empty();
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
        case "idf" -> idf = Optional.of(idf(in, at.field("idf")));
        default -> in.skip();
      }
    }
    return new SearchParams(ef, exact, indexedOnly, ignore, rescore, oversampling, idf);
  }

  /// `"global"` or `{"corpus": filter}`.
  private static SearchParams.Idf idf(JsonIn in, At at) {
    if (in.isString()) {
      String scope = in.string();
      if (!scope.equals("global")) {
        throw Tree.unknownVariant(scope, "`global`");
      }
      return new SearchParams.Idf.Global();
    }
    Filter corpus = null;
    JsonIn.Fields fields = in.object("untagged enum IdfParams");
    while (fields.next()) {
      if (fields.name().equals("corpus")) {
        corpus = FilterJson.read(in, at.field("corpus"));
      } else {
        in.skip();
      }
    }
    return new SearchParams.Idf.Corpus(in.require(corpus, "corpus"));
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
