package io.millrace.serving.kafka;

/**
 * Holds work to a share of the wall clock: after t of work it rests t · (1 ÷ share − 1). Times come
 * in from outside, in nanoseconds of one clock.
 */
final class DutyCycle {
  private final double restPerWork;
  private long notBefore = Long.MIN_VALUE;

  /**
   * @param share of the wall clock, above 0 up to 1
   */
  DutyCycle(double share) {
    restPerWork = 1 / share - 1;
  }

  /** Whether the rest is over. */
  boolean mayWork(long now) {
    return notBefore == Long.MIN_VALUE || now - notBefore >= 0;
  }

  /** Says that work went on from {@code from} to {@code to}. */
  void worked(long from, long to) {
    notBefore = to + (long) ((to - from) * restPerWork);
  }
}
