package io.millrace.learner.method;

import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;

/** Teachers: networks of a student's specification under another name. */
final class Teachers {
  private Teachers() {}

  /** Adds a teacher that starts as a copy of its student. */
  static void add(MethodState state, String teacher, String student) {
    Network from = state.network(student);
    NetworkSpec spec = from.spec();
    Network to =
        state.add(
            teacher,
            state
                .engine()
                .network(new NetworkSpec(teacher, spec.input(), spec.children(), spec.taps())));
    to.parameters().copyIn(from.parameters());
    to.statistics().copyIn(from.statistics());
  }
}
