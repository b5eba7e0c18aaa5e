package io.millrace.ingest.stream;

import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Continues the traces of images over the topics, by the W3C trace context in their headers. A span
 * is one step of the way of one image.
 */
public interface ImageTracer {
  /** Traces nothing: headers stay as their producers sent them. */
  ImageTracer OFF = (step, key, headers) -> Span.NONE;

  /** Steps of an image's way. */
  enum Step {
    /** images.raw to images.accepted or images.rejected. */
    INGEST,
    /** images.accepted to an update of the network. */
    LEARN,
    /** images.accepted to embeddings and targets. */
    EMBED
  }

  /** One step of one image. */
  interface Span extends AutoCloseable {
    /** Nothing. */
    Span NONE = new Span() {};

    /** Makes this step the parent of what comes after, where it is traced. */
    default void continueIn(Headers headers) {}

    /** Says why the step gave nothing. */
    default void failed(String why) {}

    /** Ends it. */
    @Override
    default void close() {}
  }

  /**
   * Begins a step.
   *
   * @param key of the record that the image came by; null where it has none
   * @param headers of that record; they may name the parent
   */
  Span begin(Step step, byte @Nullable [] key, Headers headers);
}
