package io.millrace.learner.method.joint;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import java.util.List;
import java.util.Map;

/**
 * A method whose student predicts, through projector and predictor, a slow teacher's projections of
 * other views. The teacher's average runs over parameters; it normalizes by its own batch and keeps
 * running statistics of its own. Representation: the student without its projector.
 */
abstract class BootstrapMethod extends SinglePassMethod {
  static final String STUDENT = "student";
  static final String PROJECTOR = "projector";
  static final String PREDICTOR = "predictor";
  static final String TEACHER = "teacher";
  static final String TEACHER_PROJECTOR = "teacherProjector";

  private final BootstrapSettings settings;

  BootstrapMethod(
      String name, ModelSettings model, NetworkSpec backbone, BootstrapSettings settings) {
    super(name, model, backbone, List.of(STUDENT, PROJECTOR, PREDICTOR), settings);
    this.settings = settings;
  }

  @Override
  public final Map<String, ?> architecture() {
    return Map.of(
        "projectorHidden", settings.projectorHidden(),
        "projection", settings.projection(),
        "predictorHidden", settings.predictorHidden());
  }

  @Override
  public final void build(MethodState state) {
    int features = OutputFeatures.of(backbone());
    int projection = settings.projection();
    add(state, backbone());
    add(state, Heads.mlp(PROJECTOR, features, settings.projectorHidden(), projection));
    add(state, Heads.mlp(PREDICTOR, projection, settings.predictorHidden(), projection));
    EmaTeachers.add(state, TEACHER, STUDENT);
    EmaTeachers.add(state, TEACHER_PROJECTOR, PROJECTOR);
  }

  @Override
  public final double teacherMomentum(MethodState state) {
    return settings.teacherMomentum();
  }

  @Override
  public final Map<String, String> teachers() {
    return Map.of(TEACHER, STUDENT, TEACHER_PROJECTOR, PROJECTOR);
  }
}
