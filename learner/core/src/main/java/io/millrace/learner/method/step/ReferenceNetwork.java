package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.PastSettings;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;

/** A copy of the backbone as it was, and how it follows. */
interface ReferenceNetwork {
  /** Whether it is worth aligning to by now. */
  boolean isThere(MethodState state);

  /** Its features of a view [images, dimension], without a way back. */
  Tensor features(MethodState state, Tensor view);

  /** After an update of the backbone. */
  void follow(MethodState state);

  /** Adds the network to a state that has the backbone. */
  void addTo(MethodState state);

  /** A slow average: θ' ← τ θ' + (1 − τ) θ. It normalizes by the batch. */
  record SlowAverage(String name, String backbone, double momentum) implements ReferenceNetwork {
    @Override
    public boolean isThere(MethodState state) {
      return true;
    }

    @Override
    public Tensor features(MethodState state, Tensor view) {
      return SequentialPass.target(state, view, name);
    }

    @Override
    public void follow(MethodState state) {
      EmaTeachers.follow(state, momentum, Map.of(name, backbone));
    }

    @Override
    public void addTo(MethodState state) {
      EmaTeachers.add(state, name, backbone);
    }
  }

  /**
   * A frozen copy, taken anew now and then ({@link PastSettings}). Counters: {@code <name>.age},
   * updates since it was taken or learning began; {@code <name>.taken}, how often it was; {@code
   * <name>.drifts}, {@code <name>.releases}, those it knows of.
   */
  record Snapshot(String name, String backbone, PastSettings settings) implements ReferenceNetwork {
    @Override
    public boolean isThere(MethodState state) {
      return state.counter(name + ".taken") > 0;
    }

    @Override
    public Tensor features(MethodState state, Tensor view) {
      try (var pass = state.network(name).forward(view, Mode.EVAL, false)) {
        return pass.output().copy();
      }
    }

    @Override
    public void follow(MethodState state) {
      long age = state.counter(name + ".age") + 1;
      boolean due = settings.everyUpdates() > 0 && age >= settings.everyUpdates();
      due |= news(state, MethodState.DRIFTS, ".drifts");
      due |= news(state, MethodState.RELEASES, ".releases");
      if (due) {
        EmaTeachers.replace(state, name, backbone);
        state.counter(name + ".taken", state.counter(name + ".taken") + 1);
      }
      state.counter(name + ".age", due ? 0 : age);
    }

    /** Whether there was another since this was last asked. */
    private boolean news(MethodState state, String event, String known) {
      long count = state.counter(event);
      boolean more = count > state.counter(name + known);
      if (more) {
        state.counter(name + known, count);
      }
      return more;
    }

    @Override
    public void addTo(MethodState state) {
      if (settings.onDrift()) {
        state.listenTo(MethodState.DRIFTS);
      }
      if (settings.onRelease()) {
        state.listenTo(MethodState.RELEASES);
      }
      EmaTeachers.add(state, name, backbone);
    }
  }
}
