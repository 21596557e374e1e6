package io.millrace.ingest.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.deadletter.DeadLetter;
import io.millrace.ingest.pipeline.FakeDeadLetters;
import io.millrace.ingest.record.Code;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.RawRecord;
import io.millrace.model.Failure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What the streams of a source do to each other by the producer that they share.
class KafkaDeadLettersTest {
  private static final KafkaSource SOURCE =
      KafkaSource.of("orders", "127.0.0.1:1", List.of("t"), List.of(Binding.to("c")));

  private final FakeDeadLetters files = new FakeDeadLetters();

  /// All that were made.
  private final List<Letters> producers = new ArrayList<>();

  @Test
  void a_stream_whose_producer_was_given_up_by_another_tries_again() throws Exception {
    KafkaDeadLetters letters = letters(() -> {});
    letters.write(letter(0));
    // Between its look for the producer and its send, another stream finds it failing.
    producers.getFirst().beforeSend = producers.getFirst()::close;

    assertThatThrownBy(() -> letters.write(letter(1))).isInstanceOf(Failure.Unavailable.class);
    letters.write(letter(1));

    assertThat(producers).hasSize(2);
    assertThat(producers.getLast().history()).hasSize(1);
  }

  @Test
  void a_stream_that_cannot_make_the_topic_takes_no_producer_from_others() throws Exception {
    List<KafkaDeadLetters> other = new ArrayList<>();
    Topic meanwhileTheOtherWrites =
        () -> {
          if (producers.isEmpty()) {
            List<KafkaDeadLetters> once = List.copyOf(other);
            other.clear();
            if (!once.isEmpty()) {
              once.getFirst().write(letter(1));
              throw new ExecutionException(
                  new InvalidReplicationFactorException("All brokers are currently fenced"));
            }
          }
        };
    KafkaDeadLetters letters = letters(meanwhileTheOtherWrites);
    other.add(letters);

    assertThatThrownBy(() -> letters.write(letter(0))).isInstanceOf(Failure.Unavailable.class);

    assertThat(producers.getFirst().closed()).isFalse();
    letters.write(letter(0));
    assertThat(producers).hasSize(1);
  }

  @Test
  void a_stream_that_fails_late_leaves_the_producer_alone_that_others_have_by_now()
      throws Exception {
    KafkaDeadLetters letters = letters(() -> {});
    letters.write(letter(0));
    Letters first = producers.getFirst();
    first.beforeSend =
        () -> {
          first.beforeSend = first::close;
          try {
            letters.write(letter(1)); // fails, gives the first one up
          } catch (Failure.Unavailable e) {
            letters.write(letter(1)); // makes a second one
          }
        };

    assertThatThrownBy(() -> letters.write(letter(2))).isInstanceOf(Failure.Unavailable.class);

    assertThat(producers).hasSize(2);
    assertThat(producers.getLast().closed()).isFalse();
  }

  @Test
  void a_letter_is_as_old_as_its_writing_so_that_retention_counts_from_there() throws Exception {
    KafkaDeadLetters letters = letters(() -> {});
    letters.write(letter(0, 1_234));

    ProducerRecord<byte[], byte[]> sent = producers.getFirst().history().getFirst();
    assertThat(sent.timestamp()).isNull();
    assertThat(new String(sent.headers().lastHeader("millrace-dead-timestamp").value(), UTF_8))
        .isEqualTo("1234");
  }

  @Test
  void what_the_topic_never_takes_goes_to_the_files() throws Exception {
    KafkaDeadLetters letters = letters(() -> {});
    letters.write(letter(0));
    Letters producer = producers.getFirst();
    producer.refused = new InvalidTimestampException("Timestamp is out of range");
    letters.write(letter(1));
    producer.refused = new InvalidRecordException("Compacted topic, and a message without key");
    letters.write(letter(2));

    assertThat(files.codes()).containsExactly("1:JSON_SYNTAX", "2:JSON_SYNTAX");
    assertThat(producer.closed()).as("given up").isFalse();
  }

  @Test
  void nothing_is_opened_any_more_after_the_end() throws Exception {
    KafkaDeadLetters letters = letters(() -> {});
    letters.write(letter(0));
    letters.close();

    assertThatThrownBy(() -> letters.write(letter(1))).isInstanceOf(Failure.Unavailable.class);
    assertThat(producers).hasSize(1);
    assertThat(producers.getFirst().closed()).isTrue();
  }

  private interface Topic {
    void make() throws ExecutionException, InterruptedException;
  }

  private interface Before {
    void run() throws InterruptedException;
  }

  private KafkaDeadLetters letters(Topic topic) {
    return new KafkaDeadLetters(
        SOURCE,
        "dead",
        files,
        new KafkaDeadLetters.Cluster() {
          @Override
          public void makeTopic() throws ExecutionException, InterruptedException {
            topic.make();
          }

          @Override
          public Producer<byte[], byte[]> producer() {
            producers.add(new Letters());
            return producers.getLast();
          }
        });
  }

  private static final class Letters extends MockProducer<byte[], byte[]> {
    private Before beforeSend = () -> {};
    private @Nullable Exception refused;

    Letters() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
      try {
        beforeSend.run();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      return refused == null ? super.send(record) : CompletableFuture.failedFuture(refused);
    }
  }

  private static List<DeadLetter> letter(long number) {
    return letter(number, -1);
  }

  private static List<DeadLetter> letter(long number, long timestampMillis) {
    return List.of(
        new DeadLetter(
            "orders",
            1,
            "t/0",
            "t",
            0,
            new RawRecord(number, timestampMillis, null, new byte[] {1}, List.of()),
            Optional.empty(),
            new Decoded.Bad(Code.JSON_SYNTAX, "", "no JSON"),
            Instant.EPOCH));
  }
}
