package io.millrace.bench.jmh;

import io.millrace.api.json.JsonIn;
import io.millrace.api.json.UpdateJson;
import io.millrace.inference.Embeddings;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Microseconds per point of parsing an upsert of 100 points, each of one vector and a small
/// payload.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class JsonVectorBenchmark {
  private static final int POINTS = 100;
  private static final int DIMENSION = 384;

  private byte[] body = new byte[0];

  @Setup
  public void write() {
    Random random = new Random(7);
    StringBuilder json = new StringBuilder("{\"points\":[");
    for (int point = 0; point < POINTS; point++) {
      json.append(point == 0 ? "" : ",").append("{\"id\":").append(point).append(",\"vector\":[");
      for (int i = 0; i < DIMENSION; i++) {
        json.append(i == 0 ? "" : ",").append((float) random.nextGaussian() / 20);
      }
      json.append("],\"payload\":{\"kind\":\"noun\",\"words\":").append(point).append("}}");
    }
    body = json.append("]}").toString().getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  @OperationsPerInvocation(POINTS)
  public Object upsert() {
    return JsonIn.read(new ByteArrayInputStream(body), Embeddings.none(), UpdateJson::upsert);
  }
}
