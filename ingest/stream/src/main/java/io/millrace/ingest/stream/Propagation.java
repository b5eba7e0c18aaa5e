package io.millrace.ingest.stream;

/**
 * What travels with an image from topic to topic.
 *
 * @param headers producers' headers
 * @param tracer continues their traces
 */
public record Propagation(PropagatedHeaders headers, ImageTracer tracer) {
  /** The headers that travel by default, and no spans. */
  public static Propagation defaults() {
    return new Propagation(PropagatedHeaders.defaults(), ImageTracer.OFF);
  }
}
