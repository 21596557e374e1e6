package io.millrace.api;

/// Whether requests will be answered from complete data: asked by `/readyz`, often and from threads
/// that must not wait.
public interface Readiness {
  boolean isReady();
}
