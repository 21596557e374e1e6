package io.millrace.api.endpoint;

import io.millrace.api.WriteGateway;
import io.millrace.api.json.QuotasJson;
import io.millrace.collection.Collections;
import io.millrace.collection.Quotas;
import io.millrace.model.QuotaConfig;

/// What the server may take of its machine, and what it takes.
public final class QuotasEndpoint {
  private final Collections collections;
  private final WriteGateway gateway;

  public QuotasEndpoint(Collections collections, WriteGateway gateway) {
    this.collections = collections;
    this.gateway = gateway;
  }

  public Answer show(Call call) {
    Quotas quotas = collections.quotas();
    return new Answer.Result(out -> {
      out.writeStartObject();
      out.writeName("config");
      QuotasJson.write(out, quotas.config());
      out.writeName("usage");
      QuotasJson.write(out, quotas.usage());
      out.writeEndObject();
    });
  }

  /// With `wait` or without it, the answer comes once the change is kept and in force.
  public Answer change(Call call) {
    QuotaConfig config = call.body(QuotasJson::config);
    call.flag("wait", false);
    gateway.changeQuotas(config);
    return Answer.result(true);
  }
}
