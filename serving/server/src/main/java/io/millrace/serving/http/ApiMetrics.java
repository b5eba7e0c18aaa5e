package io.millrace.serving.http;

/** What the routes count. Called by several threads; implementations return at once. */
public interface ApiMetrics {
  /** Counts nothing. */
  ApiMetrics NONE = new ApiMetrics() {};

  /** Requests in progress by now. */
  default void inProgress(int requests) {}

  /** A request was turned away for its size (413), for load (429) or for the moment (503). */
  default void refused(int status) {}

  /**
   * A call ran on a release.
   *
   * @param model {@code embed}, {@code teacher}, {@code auxiliary} or {@code search}
   * @param images in the call
   * @param waitedNanos for its turn, and for the release to be loaded
   * @param ranNanos in the networks
   */
  default void ran(String model, int images, long waitedNanos, long ranNanos) {}
}
