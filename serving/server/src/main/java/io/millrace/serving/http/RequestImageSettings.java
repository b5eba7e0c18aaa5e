package io.millrace.serving.http;

import java.time.Duration;

/**
 * What an encoded image of a request may cost. Apart from what the stream's images may: anybody may
 * send a request.
 *
 * @param maxPixels width × height allowed
 * @param maxScans scans of a JPEG file allowed (a progressive one has about ten)
 * @param timeLimit time a decode may take before its reader is aborted
 * @param decoders images of all requests that are decoded at one time; others wait for their turn
 */
public record RequestImageSettings(long maxPixels, int maxScans, Duration timeLimit, int decoders) {
  public RequestImageSettings {
    ApiSettings.within("maxPixels", maxPixels, 64L, 1L << 28);
    ApiSettings.within("maxScans", maxScans, 1, 1000);
    ApiSettings.within("timeLimit", timeLimit, Duration.ofMillis(10), Duration.ofMinutes(1));
    ApiSettings.within("decoders", decoders, 1, 256);
  }

  /** Photographs of up to 16 megapixels and 20 scans, two at a time, two seconds each. */
  public static RequestImageSettings defaults() {
    return new RequestImageSettings(16L << 20, 20, Duration.ofSeconds(2), 2);
  }
}
