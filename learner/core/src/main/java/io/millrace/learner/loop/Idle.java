package io.millrace.learner.loop;

/** What a learner does while the stream has nothing new. */
public enum Idle {
  /** Goes on learning from replay. How often it does depends on the clock. */
  REPLAY,
  /** Waits: the updates are then a function of the log alone. */
  REST
}
