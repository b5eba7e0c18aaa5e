package io.millrace.learner.method;

import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import java.util.List;
import java.util.Map;

/**
 * A method whose student predicts, through projector and predictor, what a slow teacher's projector
 * makes of other views. The teacher's average runs over parameters; it normalises by its own batch
 * and keeps running statistics of its own. Representation: the student without its projector.
 */
abstract class BootstrapMethod extends SinglePassMethod {
  static final String STUDENT = "student";
  static final String PROJECTOR = "projector";
  static final String PREDICTOR = "predictor";
  static final String TEACHER = "teacher";
  static final String TEACHER_PROJECTOR = "teacherProjector";

  private final HeadWidths widths;
  private final double teacherMomentum;

  /**
   * Widths of the heads.
   *
   * @param projector of its hidden layer
   * @param projection of its output and the predictor's
   * @param predictor of its hidden layer
   */
  record HeadWidths(int projector, int projection, int predictor) {}

  BootstrapMethod(
      String name,
      ModelSettings model,
      NetworkSpec backbone,
      HeadWidths widths,
      double teacherMomentum,
      OptimiserSettings optimiser,
      ScheduleSettings learningRate) {
    super(name, model, backbone, List.of(STUDENT, PROJECTOR, PREDICTOR), optimiser, learningRate);
    this.widths = widths;
    this.teacherMomentum = teacherMomentum;
  }

  @Override
  final Map<String, String> architecture() {
    return Map.of(
        "projectorHidden", Integer.toString(widths.projector()),
        "projection", Integer.toString(widths.projection()),
        "predictorHidden", Integer.toString(widths.predictor()));
  }

  @Override
  final void build(MethodState state) {
    int features = OutputFeatures.of(backbone());
    int projection = widths.projection();
    add(state, backbone());
    add(state, Heads.mlp(PROJECTOR, features, widths.projector(), projection));
    add(state, Heads.mlp(PREDICTOR, projection, widths.predictor(), projection));
    Teachers.add(state, TEACHER, STUDENT);
    Teachers.add(state, TEACHER_PROJECTOR, PROJECTOR);
  }

  @Override
  final double teacherMomentum(MethodState state) {
    return teacherMomentum;
  }

  @Override
  final Map<String, String> teachers() {
    return Map.of(TEACHER, STUDENT, TEACHER_PROJECTOR, PROJECTOR);
  }
}
