package io.millrace.api.endpoint;

/// Serves one route. Throws [io.millrace.model.Failure] or [io.millrace.api.status.Fault].
public interface Endpoint {
  Answer serve(Call call);
}
