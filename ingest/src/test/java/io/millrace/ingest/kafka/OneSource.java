package io.millrace.ingest.kafka;

import io.millrace.ingest.config.Binding;
import io.millrace.ingest.config.SourceConfig.KafkaSource;
import io.millrace.ingest.pipeline.CollectionCreator;
import io.millrace.ingest.pipeline.Delivery;
import io.millrace.ingest.pipeline.FakeCollections;
import io.millrace.ingest.pipeline.FakeDeadLetters;
import io.millrace.ingest.pipeline.Intake;
import io.millrace.ingest.pipeline.Mark;
import io.millrace.ingest.pipeline.MemoryBudget;
import io.millrace.ingest.pipeline.SourceRun;
import io.millrace.ingest.pipeline.StreamLane;
import io.millrace.ingest.pipeline.Tally;
import io.millrace.ingest.record.Decoded;
import io.millrace.ingest.record.Origin;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;

/// A source whose records go nowhere: what counts is how far it reads.
final class OneSource {
  private final KafkaSource source;
  private final SourceRun run;

  OneSource(String bootstrap, String topic) {
    this(KafkaSource.of("orders", bootstrap, List.of(topic), List.of(Binding.to("c"))));
  }

  OneSource(KafkaSource source) {
    this.source = source;
    this.run =
        SourceRun.of(
            source,
            new FakeCollections(),
            CollectionCreator.NONE,
            new FakeDeadLetters(),
            SourceRun.Paces.DEFAULT);
  }

  KafkaSource source() {
    return source;
  }

  SourceRun run() {
    return run;
  }

  /// The end of the route: all records are passed over.
  static void passOver(Delivery.Arrived delivery) throws InterruptedException {
    List<Decoded> passedOver =
        delivery.chunk().records().stream()
            .<Decoded>map(record -> new Decoded.Dropped(Decoded.Dropped.Why.SKIPPED))
            .toList();
    delivery.lane().submit(delivery.chunk(), passedOver);
  }

  KafkaFeed feed(TopicPartition partition, MemoryBudget budget, Intake.Route route) {
    AtomicLong held = new AtomicLong();
    StreamLane lane =
        new StreamLane(
            run,
            1,
            KafkaLife.stream(partition),
            new Origin.Topic(partition.topic()),
            partition.partition(),
            source.bindings().stream().findFirst(),
            new StreamLane.Done(Mark.offset(0), Tally.NONE),
            Set.of(),
            bytes -> {
              held.addAndGet(-bytes);
              budget.release(bytes);
            },
            Optional.empty(),
            StreamLane.Refill.NEVER);
    return new KafkaFeed(source.name(), partition, lane, held, budget, route);
  }
}
