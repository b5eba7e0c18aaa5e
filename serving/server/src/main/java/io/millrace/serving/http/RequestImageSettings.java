package io.millrace.serving.http;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/**
 * What an encoded image of a request may cost. Apart from what the stream's images may: anybody may
 * send a request.
 */
public record RequestImageSettings(
    @Doc("width × height allowed") @Range(min = 64, max = 1 << 28) long maxPixels,
    @Doc("scans of a JPEG file allowed (a progressive one has about ten)")
        @Range(min = 1, max = 1000)
        int maxScans,
    @Doc("processor time a decode may take before its reader is aborted")
        @DurationRange(min = "PT0.01S", max = "PT1M")
        Duration timeLimit,
    @Doc("images of all requests that are decoded at one time; others wait for their turn")
        @Range(min = 1, max = 256)
        int decoders) {
  public RequestImageSettings {
    Allowed.check(RequestImageSettings.class, maxPixels, maxScans, timeLimit, decoders);
  }

  /** Photographs of up to 16 megapixels and 20 scans, two at a time, two seconds each. */
  public static RequestImageSettings defaults() {
    return new RequestImageSettings(16L << 20, 20, Duration.ofSeconds(2), 2);
  }
}
