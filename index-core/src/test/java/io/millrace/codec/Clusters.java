package io.millrace.codec;

import java.util.SplittableRandom;

/// Vectors in clusters: neighbourhoods as real embeddings have them, which independent noise lacks.
public final class Clusters {
  private final SplittableRandom random;
  private final float[][] centers;
  private final float spread;

  public Clusters(long seed, int clusters, int dimension, float spread) {
    this.random = new SplittableRandom(seed);
    this.spread = spread;
    this.centers = new float[clusters][dimension];
    for (float[] center : centers) {
      for (int i = 0; i < dimension; i++) {
        center[i] = (float) random.nextGaussian();
      }
    }
  }

  /// A vector of a cluster.
  public float[] near(int cluster) {
    float[] vector = centers[cluster].clone();
    for (int i = 0; i < vector.length; i++) {
      vector[i] += (float) random.nextGaussian() * spread;
    }
    return vector;
  }

  /// Vector i belongs to cluster i modulo the number of clusters.
  public float[][] take(int count) {
    float[][] vectors = new float[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = near(i % centers.length);
    }
    return vectors;
  }
}
