package io.millrace.learner.method.step;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.AlignmentSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.settings.PastSettings;
import io.millrace.learner.method.step.PastNetwork.SlowAverage;
import io.millrace.learner.method.step.PastNetwork.Snapshot;
import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.ContrastObjective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Objectives against forgetting that a method carries: alignment to a slow average of the backbone
 * ({@link AlignmentSettings}) and prediction of a frozen past copy ({@link PastSettings}). All look
 * at the image without augmentation, through one pass of the student.
 */
final class Alignments {
  private final String backbone;
  private final EvalView view;
  private final List<Alignment> all = new ArrayList<>();

  Alignments(ModelSettings model, String backbone) {
    this.backbone = backbone;
    this.view = new EvalView(model.preprocessing());
    AlignmentSettings slow = model.alignment();
    if (slow.active()) {
      all.add(
          new Alignment(
              "alignment",
              "aligner",
              slow.hidden(),
              slow.weight(),
              new ByolObjective(),
              new SlowAverage("slow", backbone, slow.momentum())));
    }
    PastSettings past = model.past();
    if (past.active()) {
      all.add(
          new Alignment(
              "past",
              "pastPredictor",
              past.hidden(),
              past.weight(),
              past.loss().equals(PastSettings.COSINE)
                  ? new ByolObjective()
                  : new ContrastObjective(past.temperature()),
              new Snapshot("past", backbone, past)));
    }
  }

  /** Networks that the optimiser trains. */
  List<String> trained() {
    return all.stream().map(Alignment::aligner).toList();
  }

  /** Adds all networks to a state that has the backbone. */
  void build(MethodState state, SinglePassMethod method) {
    all.forEach(alignment -> alignment.build(state, method));
  }

  /** Forward, objectives, backward: adds to the gradients of backbone and aligners. */
  void learn(Pass pass) {
    MethodState state = pass.state();
    List<Alignment> now = all.stream().filter(a -> a.past().isThere(state)).toList();
    if (now.isEmpty()) {
      return;
    }
    Tensor seen = view.of(state.engine(), pass.batch().images());
    try (Activations features = state.network(backbone).forward(seen, Mode.TRAIN, true)) {
      Tensor sum = null;
      for (Alignment alignment : now) {
        Tensor gradient = alignment.gradient(pass, seen, features.output());
        sum = sum == null ? gradient : sum.add(gradient);
      }
      features.backward(Objects.requireNonNull(sum), false);
    }
    pass.lap("alignment");
  }

  /** Moves the past networks. */
  void follow(Pass pass) {
    all.forEach(alignment -> alignment.past().follow(pass.state()));
  }
}
