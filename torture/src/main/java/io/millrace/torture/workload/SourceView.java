package io.millrace.torture.workload;

import io.millrace.torture.history.RawJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A source as `GET /ingest/sources` tells it.
///
/// @param fields raw JSON by name
public record SourceView(Map<String, String> fields, List<Stream> streams) {

  /// A partition of it.
  ///
  /// @param end -1 = not known
  /// @param isElsewhere another server of the group reads it
  public record Stream(
      String name, String state, long next, long end, long open, boolean isElsewhere) {}

  /// Empty when the server does not answer, or has no such source.
  public static Optional<SourceView> of(Api api, String source) {
    Api.Answer answer = api.get("/ingest/sources");
    if (!answer.isOk()) {
      return Optional.empty();
    }
    return RawJson.items(answer.result()).stream()
        .map(RawJson::fields)
        .filter(fields -> RawJson.text(fields.getOrDefault("name", "\"\"")).equals(source))
        .findFirst()
        .map(fields ->
            new SourceView(
                fields,
                RawJson.items(fields.getOrDefault("streams", "[]")).stream()
                    .map(RawJson::fields)
                    .map(SourceView::stream)
                    .toList()));
  }

  private static Stream stream(Map<String, String> fields) {
    return new Stream(
        RawJson.text(fields.getOrDefault("stream", "\"\"")),
        RawJson.text(fields.getOrDefault("state", "\"\"")),
        number(fields, "next"),
        number(fields, "end"),
        number(fields, "open_transaction_records"),
        fields.getOrDefault("reader", "\"\"").equals("null"));
  }

  private static long number(Map<String, String> fields, String name) {
    String raw = fields.getOrDefault(name, "null");
    return raw.equals("null") ? -1 : Long.parseLong(raw);
  }

  public String state() {
    return RawJson.text(fields.getOrDefault("state", "\"\""));
  }

  /// NaN where there is none.
  public double figure(String name) {
    String raw = fields.getOrDefault(name, "null");
    return raw.equals("null") ? Double.NaN : Double.parseDouble(raw);
  }

  /// Whether everything up to the ends was read here.
  ///
  /// @param ends by name of the stream
  public boolean hasRead(Map<String, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end ->
            streams.stream()
                .anyMatch(stream ->
                    stream.name().equals(end.getKey()) && stream.next() == end.getValue()));
  }
}
