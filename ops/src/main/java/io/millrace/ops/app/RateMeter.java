package io.millrace.ops.app;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a growing count grew over the latest seconds. Used by one thread. */
final class RateMeter {
  private record Point(long millis, long count) {}

  private final long windowMillis;
  private final Deque<Point> points = new ArrayDeque<>();

  RateMeter(long windowMillis) {
    this.windowMillis = windowMillis;
  }

  /** Takes a count and returns its growth per second; 0 before there are two. */
  double at(long millis, long count) {
    points.addLast(new Point(millis, count));
    while (points.size() > 2 && millis - points.getFirst().millis() > windowMillis) {
      points.removeFirst();
    }
    Point first = points.getFirst();
    long spent = millis - first.millis();
    return spent <= 0 ? 0 : (count - first.count()) * 1000.0 / spent;
  }
}
