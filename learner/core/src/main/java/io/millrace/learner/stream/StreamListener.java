package io.millrace.learner.stream;

/** Is told how far a stream is; called on the thread that learns. */
@FunctionalInterface
public interface StreamListener {
  /** Told of nothing. */
  StreamListener NONE = (images, updates, loss) -> {};

  /**
   * After each batch of the stream.
   *
   * @param images images of the stream seen
   * @param updates updates made
   * @param loss of the latest update
   */
  void learned(long images, long updates, double loss);
}
