package io.millrace.ops.tracing;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageId;
import io.millrace.ingest.stream.ImageTracer;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Sends a span of each step of each sampled image to a collector. A collector that does not answer
 * costs spans, never images: what does not fit the queue is dropped.
 */
public final class OtelTracer implements ImageTracer, AutoCloseable {
  private static final TextMapPropagator W3C = W3CTraceContextPropagator.getInstance();
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
  private static final AttributeKey<String> IMAGE = AttributeKey.stringKey("millrace.image.id");
  private static final long LAST_EXPORT_SECONDS = 5;

  private final SdkTracerProvider provider;
  private final Tracer tracer;

  /**
   * Begins to export.
   *
   * @param config with an address
   */
  public OtelTracer(TracingConfig config) {
    // OpenTelemetry logs by java.util.logging; what it says of a collector belongs in our log.
    if (!SLF4JBridgeHandler.isInstalled()) {
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
    provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault().merge(Resource.create(Attributes.of(SERVICE, "millrace"))))
            .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(config.sampleRatio())))
            .addSpanProcessor(
                BatchSpanProcessor.builder(
                        OtlpHttpSpanExporter.builder().setEndpoint(config.otlpUrl()).build())
                    .build())
            .build();
    tracer = provider.get("io.millrace");
  }

  @Override
  public Span begin(Step step, byte @Nullable [] key, Headers headers) {
    Context parent = W3C.extract(Context.root(), headers, new Getter());
    io.opentelemetry.api.trace.Span span =
        tracer
            .spanBuilder("millrace " + step.name().toLowerCase(Locale.ROOT))
            .setParent(parent)
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute(SYSTEM, "kafka")
            .startSpan();
    if (key != null && span.isRecording()) {
      span.setAttribute(IMAGE, ImageId.decode(key));
    }
    return new TracedStep(span, parent.with(span));
  }

  /** A step that OpenTelemetry follows. */
  private record TracedStep(io.opentelemetry.api.trace.Span span, Context context) implements Span {
    @Override
    public void continueIn(Headers headers) {
      // Where this trace is not sampled too: whoever is next must not begin one.
      W3C.inject(context, headers, (to, name, value) -> HeaderText.set(to, name, value));
    }

    @Override
    public void failed(String why) {
      span.setStatus(StatusCode.ERROR, why);
    }

    @Override
    public void close() {
      span.end();
    }
  }

  private static final class Getter implements TextMapGetter<Headers> {
    @Override
    public Iterable<String> keys(Headers headers) {
      return StreamSupport.stream(headers.spliterator(), false).map(Header::key).toList();
    }

    @Override
    public @Nullable String get(@Nullable Headers headers, String name) {
      return headers == null ? null : HeaderText.get(headers, name);
    }
  }

  /** Sends what waits, for a few seconds at most. */
  @Override
  public void close() {
    provider.shutdown().join(LAST_EXPORT_SECONDS, TimeUnit.SECONDS);
  }
}
