package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.optim.Ema;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import java.util.Map;

/** Teachers: networks of a student's specification under another name. */
public final class EmaTeachers {
  private EmaTeachers() {}

  /** Adds a teacher that starts as a copy of its student. */
  public static void add(MethodState state, String teacher, String student) {
    Network from = state.network(student);
    NetworkSpec spec = from.spec();
    Network to =
        state.add(
            teacher,
            state
                .engine()
                .network(new NetworkSpec(teacher, spec.input(), spec.children(), spec.taps())));
    copy(from, to);
  }

  /** Makes the student the teacher: parameters and running statistics. */
  public static void replace(MethodState state, String teacher, String student) {
    copy(state.network(student), state.network(teacher));
  }

  private static void copy(Network from, Network to) {
    to.parameters().copyIn(from.parameters());
    to.statistics().copyIn(from.statistics());
  }

  /** Moves each teacher's parameters towards its student's: θ' ← τ θ' + (1 − τ) θ. */
  public static void follow(MethodState state, double tau, Map<String, String> students) {
    students.forEach(
        (teacher, student) ->
            Ema.update(
                state.network(teacher).parameters(), state.network(student).parameters(), tau));
  }
}
