package io.millrace.learner.method.step;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.AlignmentSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.settings.PastSettings;
import io.millrace.learner.method.step.ReferenceNetwork.SlowAverage;
import io.millrace.learner.method.step.ReferenceNetwork.Snapshot;
import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.ContrastObjective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Objectives against forgetting that a method carries: alignment to a slow average of the backbone
 * ({@link AlignmentSettings}) and prediction of a frozen past copy ({@link PastSettings}). All look
 * at the image without augmentation, through one pass of the student.
 */
final class AlignmentLosses {
  private final NetworkSpec backbone;
  private final long seed;
  private final EvalView view;
  private final List<AlignmentTerm> all = new ArrayList<>();

  AlignmentLosses(ModelSettings model, NetworkSpec backbone) {
    this.backbone = backbone;
    this.seed = model.seed();
    this.view = new EvalView(model.preprocessing());
    AlignmentSettings slow = model.alignment();
    if (slow.active()) {
      all.add(
          new AlignmentTerm(
              "alignment",
              "aligner",
              slow.hidden(),
              slow.weight(),
              new ByolObjective(),
              new SlowAverage("slow", backbone.name(), slow.momentum())));
    }
    PastSettings past = model.past();
    if (past.active()) {
      all.add(
          new AlignmentTerm(
              "past",
              "pastPredictor",
              past.hidden(),
              past.weight(),
              past.loss() == PastSettings.Loss.COSINE
                  ? new ByolObjective()
                  : new ContrastObjective(past.temperature()),
              new Snapshot("past", backbone.name(), past)));
    }
  }

  /** Networks that the optimizer trains. */
  List<String> trained() {
    return all.stream().map(AlignmentTerm::aligner).toList();
  }

  /** Adds all networks to a state that has the backbone. */
  void build(MethodState state) {
    all.forEach(alignment -> alignment.build(state, backbone, seed));
  }

  /** Forward, objectives, backward: adds to the gradients of backbone and aligners. */
  void learn(StepContext context) {
    MethodState state = context.state();
    List<AlignmentTerm> now = all.stream().filter(a -> a.past().isThere(state)).toList();
    if (now.isEmpty()) {
      return;
    }
    Tensor seen = view.of(state.engine(), context.batch().images());
    try (Activations features = state.network(backbone.name()).forward(seen, Mode.TRAIN, true)) {
      Tensor sum = null;
      for (AlignmentTerm alignment : now) {
        Tensor gradient = alignment.gradient(context, seen, features.output());
        sum = sum == null ? gradient : sum.add(gradient);
      }
      features.backward(Objects.requireNonNull(sum), false);
    }
    context.markPhase("alignment");
  }

  /** Moves the past networks. */
  void follow(StepContext context) {
    all.forEach(alignment -> alignment.past().follow(context.state()));
  }
}
