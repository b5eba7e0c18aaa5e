package io.millrace.learner.loop;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things per second over the latest ten seconds. */
final class Rate {
  private static final long SPAN_MILLIS = 10_000;

  private record Mark(long millis, long total) {}

  private final Deque<Mark> marks = new ArrayDeque<>();
  private long total;

  void add(long millis, int things) {
    total += things;
    marks.addLast(new Mark(millis, total));
    while (marks.size() > 2 && marks.getFirst().millis() < millis - SPAN_MILLIS) {
      marks.removeFirst();
    }
  }

  /** NaN before there are two moments to tell it by. */
  double perSecond() {
    if (marks.size() < 2) {
      return Double.NaN;
    }
    long millis = marks.getLast().millis() - marks.getFirst().millis();
    return millis == 0
        ? Double.NaN
        : (marks.getLast().total() - marks.getFirst().total()) * 1000.0 / millis;
  }
}
