package io.millrace.ops.tracking;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Points that wait to be sent: bounded, and nobody who adds one waits. */
final class PointQueue {
  private final int capacity;
  private final Deque<TrackedPoint> waiting = new ArrayDeque<>();

  PointQueue(int capacity) {
    this.capacity = capacity;
  }

  /** Adds a point; the oldest goes where there is no room. Returns how many went: 0 or 1. */
  synchronized int add(TrackedPoint point) {
    int dropped = 0;
    if (waiting.size() == capacity) {
      waiting.remove();
      dropped = 1;
    }
    waiting.add(point);
    return dropped;
  }

  /** Takes the oldest points, as many as have so many values together, and one at least. */
  synchronized List<TrackedPoint> take(int values) {
    var out = new ArrayList<TrackedPoint>();
    int left = values;
    while (!waiting.isEmpty() && (out.isEmpty() || waiting.element().values().size() <= left)) {
      TrackedPoint point = waiting.remove();
      left -= point.values().size();
      out.add(point);
    }
    return out;
  }

  /** Gives up what waits; returns how many points. */
  synchronized int clear() {
    int size = waiting.size();
    waiting.clear();
    return size;
  }
}
