package io.millrace.api.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.millrace.api.auth.Grant;
import io.millrace.api.json.CollectionConfigJson;
import io.millrace.api.json.JsonIn;
import io.millrace.api.json.UpdateJson;
import io.millrace.api.metrics.Admissions;
import io.millrace.api.strict.StrictModes;
import io.millrace.collection.Collection;
import io.millrace.collection.Collections;
import io.millrace.collection.StoreSettings;
import io.millrace.collection.TestQuotas;
import io.millrace.inference.Embeddings;
import io.opentelemetry.api.trace.TracerProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StrictWritesTest {
  private static final String POINT = "{'points':[{'id':1,'vector':[1]}]}";
  private static final String PAYLOAD = "{'payload':{'a':1},'points':[1]}";

  @TempDir Path folder;

  @Test
  void what_adds_data_is_refused_from_the_memory_limit_on_and_what_frees_it_is_not() {
    assertThat(refusal(41, POINT, UpdateJson::upsert)).isNull();
    assertThat(refusal(40, POINT, UpdateJson::upsert))
        .hasMessage(
            "Resident memory usage is at 40% of total memory, exceeding the configured limit of"
                + " 40%. Help: Reduce memory usage (e.g. delete points or drop collections), or"
                + " raise `max_resident_memory_percent` in the strict mode config.");
    assertThat(refusal(40, POINT, UpdateJson::updateVectors)).isNotNull();
    assertThat(refusal(40, PAYLOAD, UpdateJson::setPayload)).isNotNull();
    assertThat(refusal(40, PAYLOAD, UpdateJson::overwritePayload)).isNotNull();
    assertThat(refusal(40, "{'points':[1]}", UpdateJson::delete)).isNull();
    assertThat(refusal(40, "{'points':[1]}", UpdateJson::clearPayload)).isNull();
    assertThat(refusal(40, "{'keys':['a'],'points':[1]}", UpdateJson::deletePayload)).isNull();
  }

  /// What a write is refused with under that limit, where 40 % of the memory are held.
  private @Nullable Throwable refusal(
      int limit, String body, Function<JsonIn, UpdateJson.Update> shape) {
    String config =
        "{'vectors':{'size':1,'distance':'Dot'},'strict_mode_config':{'enabled':true,"
            + "'max_resident_memory_percent':"
            + limit
            + "}}";
    try (Collections collections = Collections.open(folder, StoreSettings.defaults());
        SearchPool pool = new SearchPool(1, 1, TracerProvider.noop().get(""), new Admissions())) {
      collections.drop("c");
      Collection collection = collections.create("c", read(config, CollectionConfigJson::parse));
      StrictModes modes = new StrictModes(CollectionConfigJson::strictMode, System::nanoTime);
      Call call =
          new Call(
              Map.of(),
              Map.of(),
              NO_BODY,
              new Call.Limits(Duration.ofSeconds(1), Duration.ofSeconds(1)),
              Grant.EVERYTHING);
      return catchThrowable(() ->
          new StrictWrites(pool, TestQuotas.reading(40, 0))
              .check(modes.of(collection), collection, List.of(read(body, shape)), call));
    }
  }

  private static <T> T read(String json, Function<JsonIn, T> shape) {
    return JsonIn.read(json.replace('\'', '"'), Embeddings.none(), shape);
  }

  private static final Call.Body NO_BODY =
      new Call.Body() {
        @Override
        public <T> T read(Function<JsonIn, T> shape) {
          throw new IllegalStateException("read already");
        }
      };
}
