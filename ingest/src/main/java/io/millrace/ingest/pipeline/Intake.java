package io.millrace.ingest.pipeline;

/// What reads one source and sends its records along a route.
public interface Intake {

  /// Returns at once, whether the origin answers or not.
  void start();

  /// Returns within a few seconds: what is submitted is finished, the checkpoint written.
  void stop();

  SourceStatus status();

  /// Whether a stream of this life was read to its end, so that nothing more comes of it.
  default boolean isFinished(String stream) {
    return false;
  }

  /// Where records go; implemented by the edge of the route.
  @FunctionalInterface
  interface Route {
    /// Returns when the records are submitted; waits as long as that takes. Throws what
    /// [StreamLane#submit] throws.
    void deliver(Delivery.Arrived delivery) throws InterruptedException;
  }

  /// Makes the intake once its route is there.
  @FunctionalInterface
  interface Maker {
    Intake along(Route route);
  }
}
