package io.millrace.api.endpoint;

import io.millrace.api.LogControl;
import io.millrace.api.json.LoggerJson;

/// Qdrant's operator route `/logger`: the log level, seen and changed while the server runs.
public final class LoggerEndpoint {
  private final LogControl logs;

  public LoggerEndpoint(LogControl logs) {
    this.logs = logs;
  }

  public Answer show(Call call) {
    return new Answer.Result(out -> LoggerJson.write(out, logs.level()));
  }

  public Answer change(Call call) {
    call.body(LoggerJson::level).ifPresent(logs::change);
    return Answer.result(true);
  }
}
