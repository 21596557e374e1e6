package io.millrace.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.VectorShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tests of all kernels again in a Java of its own, for the widths of other processors (128
/// bits as NEON and SSE, 256 as AVX2, 512 as AVX-512: what this one lacks Java does in slow steps)
/// and without the vector module.
class KernelWidthsTest {
  private static final String WARNING = "Vector search runs on plain loops";

  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void kernels_agree_with_their_twins_at_every_width(int bits) throws Exception {
    String said = run("--add-modules", "jdk.incubator.vector", "-Dmillrace.kernels.bits=" + bits);

    assertThat(said).contains("vectors of " + bits + " bits").doesNotContain(WARNING);
  }

  @Test
  void without_the_vector_module_all_runs_and_one_warning_says_so() throws Exception {
    String said = run();

    assertThat(said).contains("plain loops agree");
    assertThat(said.split(WARNING, -1)).as(said).hasSize(2);
  }

  @Test
  void hardware_vectors_too_narrow_to_pay_are_not_used() throws Exception {
    String said = run("--add-modules", "jdk.incubator.vector", "-Dmillrace.kernels.bits=64");

    assertThat(said).contains("plain loops agree").contains(WARNING);
  }

  /// SVE allows for 2,048, of which Java makes one shape without a number.
  @ParameterizedTest
  @ValueSource(ints = {1_024, 2_048})
  void of_hardware_vectors_wider_than_the_loops_know_a_part_is_used(int bits) {
    assertThat(VectorKernels.shape(bits)).isEqualTo(VectorShape.S_512_BIT);
  }

  private static String run(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Run.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /// Runs every test of the kernels that does not ask for hardware vectors.
  static final class Run {
    private Run() {}

    public static void main(String[] arguments) throws ReflectiveOperationException {
      for (Object tests : List.of(new KernelsPropertyTest(), new DatatypeKernelsTest())) {
        for (Method test : tests.getClass().getDeclaredMethods()) {
          if (test.isAnnotationPresent(Test.class)
              && !test.getName().equals("vectors_are_in_use_in_this_build")) {
            test.invoke(tests);
          }
        }
      }
      System.out.println(
          Kernels.areVectorized()
              ? "vectors of " + VectorKernels.bits() + " bits agree"
              : "plain loops agree");
    }
  }
}
