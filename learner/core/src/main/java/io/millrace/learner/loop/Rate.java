package io.millrace.learner.loop;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things per second over the latest ten seconds. Used by one thread. */
public final class Rate {
  private static final long SPAN_MILLIS = 10_000;

  private record Mark(long millis, long total) {}

  private final Deque<Mark> marks = new ArrayDeque<>();
  private long total;

  /** So many more things, at this time. */
  public void add(long millis, long things) {
    reached(millis, total + things);
  }

  /** So many things in all, at this time. */
  public void reached(long millis, long newTotal) {
    total = newTotal;
    marks.addLast(new Mark(millis, total));
    forget(millis);
  }

  /** Things per second as of now; NaN before there are two moments to tell it by. */
  public double perSecond(long millis) {
    forget(millis);
    Mark first = marks.peekFirst();
    long spent = first == null ? 0 : millis - first.millis();
    return first == null || spent <= 0 ? Double.NaN : (total - first.total()) * 1000.0 / spent;
  }

  /** Keeps one mark from before the span, to count from. */
  private void forget(long now) {
    Mark first = marks.pollFirst();
    while (!marks.isEmpty() && marks.getFirst().millis() <= now - SPAN_MILLIS) {
      first = marks.pollFirst();
    }
    if (first != null) {
      marks.addFirst(first);
    }
  }
}
