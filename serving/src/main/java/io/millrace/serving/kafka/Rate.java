package io.millrace.serving.kafka;

/**
 * Events per second, lately: an exponential average over about ten seconds, whatever the spacing of
 * its updates. r ← r + (1 − e^(−Δt ÷ 10 s)) · (n ÷ Δt − r).
 */
final class Rate {
  private static final double WINDOW_SECONDS = 10;

  private final long minimumNanos;
  private long since;
  private long events;
  private double rate;
  private boolean primed;

  Rate(long now) {
    since = now;
    minimumNanos = 500_000_000L;
  }

  void add(long count) {
    events += count;
  }

  double perSecond(long now) {
    long elapsed = now - since;
    if (elapsed >= minimumNanos) {
      double seconds = elapsed / 1e9;
      double current = events / seconds;
      rate = primed ? rate + (1 - Math.exp(-seconds / WINDOW_SECONDS)) * (current - rate) : current;
      primed = primed || events > 0;
      events = 0;
      since = now;
    }
    return rate;
  }
}
