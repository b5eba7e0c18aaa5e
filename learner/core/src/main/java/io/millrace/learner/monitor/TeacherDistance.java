package io.millrace.learner.monitor;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;

/** ‖θ − ξ‖ ÷ ‖θ‖ between a student's parameters θ and its teacher's ξ. */
final class TeacherDistance {
  private TeacherDistance() {}

  /** Of two networks of one layout. */
  static double of(Engine engine, Network student, Network teacher) {
    try (var scope = engine.scope()) {
      double apart = student.parameters().sub(teacher.parameters()).pow(2).sum(false).item();
      double length = student.parameters().pow(2).sum(false).item();
      return Math.sqrt(apart / length);
    }
  }
}
