package io.millrace.ops.tracing;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** Where spans of images go. */
public record TracingConfig(
    @Doc(
            "address of an OpenTelemetry collector for traces over HTTP or HTTPS (OTLP, "
                + "protobuf), such as http://localhost:4318/v1/traces; empty traces nothing and "
                + "hands a producer's traceparent on as it is")
        String otlpUrl,
    @Doc(
            "share of the images that come without a trace for which one begins here; where a "
                + "producer's traceparent says whether it is sampled, that holds")
        @Range(min = 0, max = 1)
        double sampleRatio) {
  public TracingConfig {
    Allowed.check(TracingConfig.class, otlpUrl, sampleRatio);
    if (!otlpUrl.matches("(https?://\\S+)?")) {
      throw new IllegalArgumentException(
          "otlpUrl is '" + otlpUrl + "': expected an http or https address, or nothing");
    }
  }

  /** Off; where it is on, traces that producers began and no others. */
  public static TracingConfig defaults() {
    return new TracingConfig("", 0);
  }
}
