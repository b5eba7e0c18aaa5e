package io.millrace.ops.tracking;

/** What tracking counts. */
public interface TrackingMetrics {
  /**
   * Points were given up.
   *
   * @param refused whether the server refused them; else the queue was full
   */
  void dropped(int points, boolean refused);
}
