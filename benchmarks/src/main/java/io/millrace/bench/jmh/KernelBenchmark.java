package io.millrace.bench.jmh;

import io.millrace.kernel.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Nanoseconds per row of the bulk kernels, 16 random rows a call: a neighbour list. With few rows
/// everything is in the first cache; with many each row is a miss, as in a walk.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBenchmark {
  private static final int LIST = 16;
  private static final int LISTS = 4_096;

  @Param({"384"})
  public int dimension = 384;

  @Param({"64", "100000"})
  public int rows = 64;

  private int next;
  private int[][] lists = new int[0][];
  private MemorySegment floats = MemorySegment.NULL;
  private MemorySegment bytes = MemorySegment.NULL;
  private MemorySegment codes = MemorySegment.NULL;
  private float[] query = new float[0];
  private short[] int8Query = new short[0];
  private short[] coarseQuery = new short[0];
  private Kernels.BitQuery bitQuery = Kernels.bitQuery(new int[0], 0);
  private int codeBytes;
  private long codeStride;
  private final float[] scores = new float[LIST];
  private final int[] sums = new int[LIST];

  @Setup
  public void fill() {
    Random random = new Random(7);
    lists = new int[LISTS][LIST];
    for (int[] list : lists) {
      for (int i = 0; i < LIST; i++) {
        list[i] = random.nextInt(rows);
      }
    }
    query = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      query[i] = (float) random.nextGaussian();
    }
    floats = Arena.ofAuto().allocate(4L * dimension * rows, 64);
    for (long at = 0; at < floats.byteSize(); at += 4) {
      floats.set(ValueLayout.JAVA_FLOAT, at, random.nextFloat() - 0.5f);
    }
    bytes = Arena.ofAuto().allocate((long) dimension * rows, 64);
    for (long at = 0; at < bytes.byteSize(); at++) {
      bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (random.nextInt(255) - 127));
    }
    int8Query = components(random, dimension + (dimension & 1));
    codeBytes = Kernels.coarseBytes(dimension);
    codeStride = (codeBytes + 8L + 63) / 64 * 64;
    codes = Arena.ofAuto().allocate(codeStride * rows, 64);
    for (long at = 0; at < codes.byteSize(); at += 8) {
      codes.set(ValueLayout.JAVA_LONG, at, random.nextLong());
    }
    coarseQuery = components(random, 4 * codeBytes);
    int[] of4Bits = new int[4 * codeBytes];
    Arrays.setAll(of4Bits, i -> random.nextInt(15) - 7);
    bitQuery = Kernels.bitQuery(of4Bits, codeBytes);
  }

  private static short[] components(Random random, int length) {
    short[] components = new short[length];
    for (int i = 0; i < length; i++) {
      components[i] = (short) (random.nextInt(255) - 127);
    }
    return components;
  }

  private int[] list() {
    next = (next + 1) % LISTS;
    return lists[next];
  }

  @Benchmark
  @OperationsPerInvocation(LIST)
  public float[] dot() {
    Kernels.dotRows(query, floats, 0, 4L * dimension, dimension, list(), LIST, scores);
    return scores;
  }

  @Benchmark
  @OperationsPerInvocation(LIST)
  public float[] squaredEuclid() {
    Kernels.squaredEuclidRows(query, floats, 0, 4L * dimension, dimension, list(), LIST, scores);
    return scores;
  }

  @Benchmark
  @OperationsPerInvocation(LIST)
  public float[] manhattan() {
    Kernels.manhattanRows(query, floats, 0, 4L * dimension, dimension, list(), LIST, scores);
    return scores;
  }

  @Benchmark
  @OperationsPerInvocation(LIST)
  public int[] dotInt8() {
    Kernels.dotInt8Rows(int8Query, bytes, 0, dimension, dimension, list(), LIST, sums);
    return sums;
  }

  @Benchmark
  @OperationsPerInvocation(LIST)
  public long dot2Bit() {
    return Kernels.dot2BitRows(coarseQuery, codes, 0, codeStride, codeBytes, list(), LIST, sums)
        + sums[0];
  }

  /// What [#dot2Bit] is where the processor counts the bits of a vector in one instruction;
  /// elsewhere a figure without a use.
  @Benchmark
  @OperationsPerInvocation(LIST)
  public long dot2BitByCounts() {
    return Kernels.dot2BitRows(bitQuery, codes, 0, codeStride, list(), LIST, sums) + sums[0];
  }
}
