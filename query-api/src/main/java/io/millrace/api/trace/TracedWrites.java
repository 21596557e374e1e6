package io.millrace.api.trace;

import io.millrace.api.UpdateResult;
import io.millrace.api.WriteGateway;
import io.millrace.model.AliasAction;
import io.millrace.model.CollectionConfig;
import io.millrace.model.Operation;
import io.millrace.model.QuotaConfig;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.function.Supplier;

/// A gateway whose every call is a span below the request's: `write`, and `change catalog`.
public final class TracedWrites implements WriteGateway {
  private static final AttributeKey<Long> OPERATIONS = AttributeKey.longKey("millrace.operations");
  private static final AttributeKey<Boolean> WAITS = AttributeKey.booleanKey("millrace.wait");
  private static final AttributeKey<Long> SEQUENCE = AttributeKey.longKey("millrace.sequence");

  private final WriteGateway to;
  private final Tracer tracer;

  public TracedWrites(WriteGateway to, Tracer tracer) {
    this.to = to;
    this.tracer = tracer;
  }

  @Override
  public UpdateResult submit(String collection, List<Operation> operations, Wait wait) {
    Span span =
        tracer
            .spanBuilder("write")
            .setAttribute(RequestSpans.COLLECTION, collection)
            .setAttribute(OPERATIONS, (long) operations.size())
            .setAttribute(WAITS, wait instanceof Wait.Searchable)
            .startSpan();
    return within(
        span,
        () -> {
          UpdateResult result = to.submit(collection, operations, wait);
          span.setAttribute(SEQUENCE, result.lastOperationId());
          return result;
        });
  }

  @Override
  public void createCollection(String name, CollectionConfig config) {
    change(
        name,
        () -> {
          to.createCollection(name, config);
          return true;
        });
  }

  @Override
  public void updateCollection(String nameOrAlias, CollectionConfig config) {
    change(
        nameOrAlias,
        () -> {
          to.updateCollection(nameOrAlias, config);
          return true;
        });
  }

  @Override
  public boolean dropCollection(String name) {
    return change(name, () -> to.dropCollection(name));
  }

  @Override
  public void changeAliases(List<AliasAction> actions) {
    change(() -> to.changeAliases(actions));
  }

  @Override
  public void changeQuotas(QuotaConfig quotas) {
    change(() -> to.changeQuotas(quotas));
  }

  private void change(Runnable work) {
    Span span = tracer.spanBuilder("change catalog").startSpan();
    boolean unused =
        within(
            span,
            () -> {
              work.run();
              return true;
            });
  }

  private boolean change(String collection, Supplier<Boolean> work) {
    Span span =
        tracer
            .spanBuilder("change catalog")
            .setAttribute(RequestSpans.COLLECTION, collection)
            .startSpan();
    return within(span, work);
  }

  /// The message of a failure may quote what the client sent: only its kind is told.
  private static <T> T within(Span span, Supplier<T> work) {
    try (Scope scope = span.makeCurrent()) {
      return work.get();
    } catch (RuntimeException failure) {
      span.setStatus(StatusCode.ERROR, failure.getClass().getSimpleName());
      throw failure;
    } finally {
      span.end();
    }
  }
}
