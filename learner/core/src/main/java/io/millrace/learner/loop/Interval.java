package io.millrace.learner.loop;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Something done every so many steps or seconds, whichever comes first; 0 turns either off. */
final class Interval {
  private final int everySteps;
  private final int everySeconds;
  private final InstantSource clock;
  private long lastStep;
  private Instant last;
  private Instant notBefore = Instant.MIN;

  Interval(int everySteps, int everySeconds, InstantSource clock, long step) {
    this.everySteps = everySteps;
    this.everySeconds = everySeconds;
    this.clock = clock;
    done(step);
    this.last = clock.instant();
  }

  boolean due(long step) {
    return step > lastStep
        && !clock.instant().isBefore(notBefore)
        && ((everySteps > 0 && step - lastStep >= everySteps)
            || (everySeconds > 0 && !clock.instant().isBefore(last.plusSeconds(everySeconds))));
  }

  void done(long step) {
    lastStep = step;
    last = clock.instant();
  }

  /**
   * Done, and it took so long that it may take no more than a share of the time.
   *
   * @param took time of this one
   * @param share over 0, at most 1
   */
  void done(long step, Duration took, double share) {
    done(step);
    notBefore = last.plusMillis(Math.round(took.toMillis() * (1 / share - 1)));
  }
}
