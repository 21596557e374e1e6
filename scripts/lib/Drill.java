import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/// What `scripts/drill` cannot do in a shell.
///
/// ```
/// Drill fill HOST:PORT TOPIC FROM TO     one record per point, ids FROM to TO - 1, keyed by id
/// Drill checksum URL COLLECTION          "<points> <SHA-256 of all ids, payloads and vectors>"
/// ```
public final class Drill {
  private static final int PAGE = 1_000;

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "fill" -> fill(args[1], args[2], Long.parseLong(args[3]), Long.parseLong(args[4]));
      case "checksum" -> checksum(args[1], args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void fill(String broker, String topic, long from, long to) throws Exception {
    Map<String, Object> config = Map.of("bootstrap.servers", broker, "acks", "all");
    try (var producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      for (long id = from; id < to; id++) {
        String record =
            """
            {"collection_name":"drill","id":%d,"vector":[%d,%d,%d,1],"payload":{"n":%d}}"""
                .formatted(id, id % 17, id % 101, id % 997, id);
        producer.send(new ProducerRecord<>(topic, Long.toString(id), record));
      }
    }
    System.out.println(to - from);
  }

  /// Pages of a scroll come in the order of ids and without anything that depends on the moment
  /// but the time at their end.
  private static void checksum(String url, String collection) throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    long points = 0;
    String offset = "null";
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (!offset.isEmpty()) {
        String body =
            "{\"limit\":" + PAGE + ",\"offset\":" + offset
                + ",\"with_payload\":true,\"with_vector\":true}";
        var request =
            HttpRequest.newBuilder(
                    URI.create(url + "/collections/" + collection + "/points/scroll"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        var answer = client.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          throw new IllegalStateException(answer.body());
        }
        String text = answer.body();
        int end = text.indexOf("],\"next_page_offset\":");
        String page = text.substring(text.indexOf("\"points\":[") + 10, end);
        sha.update(page.getBytes(StandardCharsets.UTF_8));
        for (int at = page.indexOf("\"id\":"); at >= 0; at = page.indexOf("\"id\":", at + 1)) {
          points++;
        }
        int value = end + "],\"next_page_offset\":".length();
        String next = text.substring(value, text.indexOf('}', value));
        offset = next.equals("null") ? "" : next;
      }
    }
    System.out.println(points + " " + HexFormat.of().formatHex(sha.digest()));
  }
}
