package io.millrace.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// A loaded model: token ids in, one vector per text out. Used by one thread.
final class Session implements AutoCloseable {
  private static final Set<String> KNOWN_INPUTS =
      Set.of("input_ids", "attention_mask", "token_type_ids");

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Set<String> inputs;
  private final String output;
  private final int dimension;

  /// Throws [IllegalArgumentException] when the file is no model of this kind.
  Session(Path onnx, int threads) {
    try {
      environment = OrtEnvironment.getEnvironment();
      var options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      // Threads that spin between runs would take the searches' cores.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      session = environment.createSession(onnx.toString(), options);
      inputs = session.getInputNames();
      output = session.getOutputNames().iterator().next();
      long[] shape =
          Objects.requireNonNull(session.getOutputInfo().get(output)).getInfo()
                  instanceof TensorInfo tensor
              ? tensor.getShape()
              : new long[0];
      if (!inputs.contains("input_ids")
          || !KNOWN_INPUTS.containsAll(inputs)
          || shape.length != 3
          || shape[2] < 1) {
        throw new IllegalArgumentException(
            onnx
                + ": takes "
                + inputs
                + " and gives "
                + output
                + "; expected input_ids and attention_mask, and a vector per token");
      }
      dimension = (int) shape[2];
    } catch (OrtException e) {
      throw new IllegalArgumentException(onnx + " cannot be loaded: " + e.getMessage(), e);
    } catch (UnsatisfiedLinkError e) {
      throw new IllegalArgumentException(
          "ONNX Runtime does not work on this machine: " + e.getMessage(), e);
    }
  }

  int dimension() {
    return dimension;
  }

  /// The mean of the vectors of a text's tokens, brought to length 1, for each of the texts.
  ///
  /// @param texts token ids
  float[][] run(List<int[]> texts) throws OrtException {
    int width = texts.stream().mapToInt(ids -> ids.length).max().orElseThrow();
    long[] shape = {texts.size(), width};
    LongBuffer ids = LongBuffer.allocate(texts.size() * width);
    LongBuffer mask = LongBuffer.allocate(texts.size() * width);
    for (int row = 0; row < texts.size(); row++) {
      int[] text = texts.get(row);
      for (int i = 0; i < text.length; i++) {
        ids.put(row * width + i, text[i]);
        mask.put(row * width + i, 1);
      }
    }
    Map<String, OnnxTensor> given = new HashMap<>();
    try {
      given.put("input_ids", OnnxTensor.createTensor(environment, ids, shape));
      given.put("attention_mask", OnnxTensor.createTensor(environment, mask, shape));
      LongBuffer types = LongBuffer.allocate(texts.size() * width);
      given.put("token_type_ids", OnnxTensor.createTensor(environment, types, shape));
      Map<String, OnnxTensor> wanted = new HashMap<>(given);
      wanted.keySet().retainAll(inputs);
      try (OrtSession.Result result = session.run(wanted, Set.of(output))) {
        FloatBuffer states = ((OnnxTensor) result.get(0)).getFloatBuffer();
        return pooled(states, texts, width);
      }
    } finally {
      given.values().forEach(OnnxTensor::close);
    }
  }

  private float[][] pooled(FloatBuffer states, List<int[]> texts, int width) {
    float[][] vectors = new float[texts.size()][dimension];
    double[] sum = new double[dimension];
    float[] state = new float[dimension];
    for (int row = 0; row < vectors.length; row++) {
      java.util.Arrays.fill(sum, 0);
      for (int i = 0; i < texts.get(row).length; i++) {
        states.get((row * width + i) * dimension, state);
        for (int d = 0; d < dimension; d++) {
          sum[d] += state[d];
        }
      }
      double squares = 0;
      for (double s : sum) {
        squares += s * s;
      }
      double length = Math.max(Math.sqrt(squares), 1e-12);
      for (int d = 0; d < dimension; d++) {
        vectors[row][d] = (float) (sum[d] / length);
      }
    }
    return vectors;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("The model cannot be closed", e);
    }
  }
}
