package io.millrace.learner.method.bow;

import io.millrace.learner.method.MethodState;

/**
 * What BoWNet is at. A phase lasts a counted number of steps; phase, steps in it and rounds are
 * counters of the state.
 *
 * <pre>
 *   ROTATION ──teacher ← student──▶ VOCABULARY ──prediction layer anew──▶ PREDICTION
 *                                       ▲                                      │
 *                                       └──────── teacher ← student ───────────┘   one more round
 * </pre>
 */
enum BownetPhase {
  /** The student learns to tell by which quarter turn an image was turned. */
  ROTATION,
  /** The teacher's features of the stream become a vocabulary; the student rests. */
  VOCABULARY,
  /** The student predicts the teacher's histograms of words. */
  PREDICTION;

  private static final String PHASE = "phase";
  private static final String STEPS = "phase.steps";
  private static final String ROUND = "round";

  /** The state's phase. */
  static BownetPhase of(MethodState state) {
    return values()[(int) state.counter(PHASE)];
  }

  /** Steps made in the phase so far. */
  static long steps(MethodState state) {
    return state.counter(STEPS);
  }

  /** Vocabularies that have served. */
  static long round(MethodState state) {
    return state.counter(ROUND);
  }

  /** Begins a round more: the student has become the teacher once again. */
  static void nextRound(MethodState state) {
    state.counter(ROUND, round(state) + 1);
  }

  /** Counts a step of the phase. */
  static void count(MethodState state) {
    state.counter(STEPS, steps(state) + 1);
  }

  /** Makes this the state's phase. */
  void begin(MethodState state) {
    state.counter(PHASE, ordinal());
    state.counter(STEPS, 0);
  }
}
