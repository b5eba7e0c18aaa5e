package io.millrace.learner.optim;

import io.millrace.learner.tensor.Tensor;

/** Exponential moving average: teacher ← τ · teacher + (1 − τ) · student. */
public final class Ema {
  private Ema() {}

  /** Moves the teacher's vector [parameters] towards the student's, in place. */
  public static void update(Tensor teacher, Tensor student, double tau) {
    teacher.lerpIn(student, 1 - tau);
  }
}
