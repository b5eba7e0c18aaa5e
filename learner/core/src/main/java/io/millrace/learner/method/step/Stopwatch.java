package io.millrace.learner.method.step;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Time by phase of one update. On a device that works while the host goes on, a phase's time is
 * what the host spent in it.
 */
final class Stopwatch {
  private final Map<String, Long> nanos = new LinkedHashMap<>();
  private long last = System.nanoTime();

  /** Records the time since the last mark (or the start) under a phase. */
  void markPhase(String phase) {
    long now = System.nanoTime();
    nanos.merge(phase, now - last, Long::sum);
    last = now;
  }

  /** Nanoseconds by phase. */
  Map<String, Long> nanos() {
    return nanos;
  }
}
