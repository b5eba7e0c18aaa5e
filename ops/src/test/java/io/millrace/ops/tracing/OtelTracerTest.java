package io.millrace.ops.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.PropagatedHeaders;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Spans as a collector gets them, and what is written onward. */
class OtelTracerTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final byte[] KEY = "cat.jpg".getBytes(UTF_8);

  @Test
  void continuesASampledTraceWhateverTheRatioIs() throws IOException {
    try (var collector = new SpanCollector()) {
      String onward;
      try (var tracer = new OtelTracer(new TracingConfig(collector.url(), 0))) {
        Headers next = step(tracer, "00-" + TRACE + "-" + PARENT + "-01", null);
        onward = Objects.requireNonNull(HeaderText.get(next, PropagatedHeaders.TRACEPARENT));
        assertThat(HeaderText.get(next, PropagatedHeaders.TRACESTATE)).isEqualTo("vendor=1");
      }
      Span span = only(collector);
      assertThat(span.getName()).isEqualTo("millrace ingest");
      assertThat(SpanCollector.hex(span.getParentSpanId().toByteArray())).isEqualTo(PARENT);
      assertThat(span.getAttributesList())
          .anySatisfy(
              a -> {
                assertThat(a.getKey()).isEqualTo("millrace.image.id");
                assertThat(a.getValue().getStringValue()).isEqualTo("cat.jpg");
              });
      assertThat(onward)
          .isEqualTo(
              "00-" + TRACE + "-" + SpanCollector.hex(span.getSpanId().toByteArray()) + "-01");
    }
  }

  @Test
  void saysWhyAStepFailed() throws IOException {
    try (var collector = new SpanCollector()) {
      try (var tracer = new OtelTracer(new TracingConfig(collector.url(), 0))) {
        step(tracer, "00-" + TRACE + "-" + PARENT + "-01", "CORRUPT: no end");
      }
      Span span = only(collector);
      assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
      assertThat(span.getStatus().getMessage()).isEqualTo("CORRUPT: no end");
    }
  }

  @Test
  void whatIsNotSampledStaysSoOnItsWholeWay() throws IOException {
    try (var collector = new SpanCollector()) {
      try (var tracer = new OtelTracer(new TracingConfig(collector.url(), 1))) {
        Headers next = step(tracer, "00-" + TRACE + "-" + PARENT + "-00", null);
        assertThat(HeaderText.get(next, PropagatedHeaders.TRACEPARENT))
            .startsWith("00-" + TRACE + "-");
        assertThat(isSampled(next)).isFalse();
      }
      try (var tracer = new OtelTracer(new TracingConfig(collector.url(), 0))) {
        assertThat(isSampled(step(tracer, null, null))).isFalse();
      }
      assertThat(collector.all()).isEmpty();
    }
  }

  @Test
  void beginsTracesForAShareOfTheOthers() throws IOException {
    try (var collector = new SpanCollector()) {
      try (var tracer = new OtelTracer(new TracingConfig(collector.url(), 0.5))) {
        for (int i = 0; i < 400; i++) {
          step(tracer, null, null);
        }
        step(tracer, "not a trace", null);
      }
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(collector.all()).hasSizeBetween(140, 260));
      assertThat(collector.all()).allMatch(span -> span.getParentSpanId().isEmpty());
    }
  }

  @Test
  void aCollectorThatIsAwayCostsSpansAlone() {
    try (var tracer = new OtelTracer(new TracingConfig("http://127.0.0.1:1/v1/traces", 1))) {
      for (int i = 0; i < 5000; i++) {
        assertThat(isSampled(step(tracer, null, null))).isTrue();
      }
    }
  }

  @Test
  void anAddressIsHttp() {
    assertThatThrownBy(() -> new TracingConfig("localhost:4318", 0))
        .hasMessageContaining("otlpUrl is 'localhost:4318'");
    assertThatThrownBy(() -> new TracingConfig("", 1.5)).hasMessageContaining("sampleRatio is 1.5");
  }

  private static Span only(SpanCollector collector) {
    await().atMost(SOON).until(() -> !collector.all().isEmpty());
    assertThat(collector.all()).hasSize(1).isEqualTo(collector.trace(TRACE));
    return collector.all().get(0);
  }

  /** The lowest bit of the flags says so; the next that the trace's id is random. */
  private static boolean isSampled(Headers headers) {
    String traceparent = String.valueOf(HeaderText.get(headers, PropagatedHeaders.TRACEPARENT));
    return (Integer.parseInt(traceparent.substring(traceparent.length() - 2), 16) & 1) == 1;
  }

  /** Goes through one step and returns the headers that it writes onward. */
  private static Headers step(
      OtelTracer tracer, @Nullable String traceparent, @Nullable String failure) {
    var came = new RecordHeaders();
    if (traceparent != null) {
      HeaderText.set(came, PropagatedHeaders.TRACEPARENT, traceparent);
      HeaderText.set(came, PropagatedHeaders.TRACESTATE, "vendor=1");
    }
    var next = new RecordHeaders(came);
    try (ImageTracer.Span span = tracer.begin(ImageTracer.Step.INGEST, KEY, came)) {
      span.continueIn(next);
      if (failure != null) {
        span.failed(failure);
      }
    }
    return next;
  }
}
