package io.millrace.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.config.SourceConfig.KafkaSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaPropertiesTest {
  @TempDir Path folder;

  @Test
  void what_is_ours_is_refused_with_the_reason() {
    assertThat(
            KafkaProperties.faults(
                Map.of("auto.offset.reset", "latest", "sasl.mechanism", "PLAIN")))
        .containsExactly(
            "'auto.offset.reset' cannot be set: a position out of range is never skipped silently");
  }

  @Test
  void the_rest_goes_to_the_client_with_its_references_filled() throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, "s3cret\n");
    KafkaSource source =
        KafkaSource.of("orders", "b:1", List.of(), List.of())
            .withProperties(
                Map.of("sasl.x", "a ${file:" + secret + "} b ${other}", "fetch.max.wait.ms", "7"));

    Properties properties = KafkaProperties.consumer(source, 64L << 20, "client");

    assertThat(properties)
        .containsEntry("sasl.x", "a s3cret b ${other}")
        .containsEntry("fetch.max.wait.ms", "7")
        .containsEntry("isolation.level", "read_committed")
        .containsEntry("fetch.max.bytes", "" + (16 << 20))
        .containsEntry("bootstrap.servers", "b:1")
        .doesNotContainKey("group.id");
    assertThatThrownBy(() -> KafkaProperties.expanded("${env:SURELY_NOT_SET_ANYWHERE}"))
        .hasMessageContaining("SURELY_NOT_SET_ANYWHERE");
  }
}
