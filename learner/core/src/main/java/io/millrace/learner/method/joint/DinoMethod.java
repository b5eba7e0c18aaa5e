package io.millrace.learner.method.joint;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.OptimizerGroup;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
import io.millrace.learner.method.step.TeachingHook;
import io.millrace.learner.method.step.TwoViews;
import io.millrace.learner.objective.DinoObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Self-distillation with no labels (Caron et al. 2021). The student says of every crop, small ones
 * too, how much it is of each prototype; the teacher says it of the two large ones, centered so
 * that no prototype takes all, and sharpened so that not all take alike.
 *
 * <pre>
 * s_v = prototypes(head(student(v))),   t_g = prototypes'(head'(teacher(g)))
 * L = dino(s, t, center),   log K at no skill
 * prototypes: unit rows; they stay as they are for the first updates (phase {@code frozen})
 * T_t rises linearly;   center ← m · center + (1 − m) · mean t;   teacher ← τ · teacher + (1 − τ) · student
 * </pre>
 *
 * Each view is normalized by its own batch, all small crops together. Representation: the teacher.
 * State: tensor {@code centre} [1, K]; counters {@code updates}, {@code prototypeUpdates}.
 */
public final class DinoMethod extends SinglePassMethod {
  public static final String NAME = "dino";

  private static final String STUDENT = "student";
  private static final String HEAD = "head";
  private static final String PROTOTYPES = "prototypes";
  private static final String TEACHER = "teacher";
  private static final String TEACHER_HEAD = "teacherHead";
  private static final String TEACHER_PROTOTYPES = "teacherPrototypes";
  private static final String CENTER = DinoObjective.CENTER;

  private final DinoSettings settings;
  private final TwoViews views;
  private final ViewGroup local;
  private final OptimizerGroup prototypes;

  public DinoMethod(ModelSettings model, DinoSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public DinoMethod(ModelSettings model, NetworkSpec backbone, DinoSettings settings) {
    super(NAME, model, backbone, List.of(STUDENT, HEAD), settings);
    int size = model.preprocessing().size();
    if (settings.multiCrop() && settings.localViews().size() > size) {
      throw new IllegalArgumentException(
          "methods.dino.localViews.size is "
              + settings.localViews().size()
              + ": expected at most model.preprocessing.size ("
              + size
              + "), local crops are no larger than the image");
    }
    this.settings = settings;
    this.views = TwoViews.of(settings, model.preprocessing());
    this.local = ViewGroup.crops("local", settings.localViews(), model.preprocessing());
    this.prototypes =
        new OptimizerGroup("prototypeUpdates", List.of(PROTOTYPES), settings.optimizer());
  }

  @Override
  public String representation() {
    return TEACHER;
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of(
        "headHidden", settings.headHidden(),
        "bottleneck", settings.bottleneck(),
        "prototypes", settings.prototypes());
  }

  @Override
  public Set<String> releasedTensors() {
    return Set.of(CENTER);
  }

  /**
   * The teacher sees one view, the client any others. The temperature is the one that warming up
   * ends with; the center is that of the release.
   */
  @Override
  public Optional<AuxiliaryHook> hook() {
    double ofStudent = settings.studentTemperature();
    double ofTeacher = settings.teacherTemperature();
    return Optional.of(
        new TeachingHook(
            DinoObjective.ofOneView(ofStudent, ofTeacher),
            DinoObjective.STUDENT,
            settings.prototypes(),
            DinoObjective.TEACHER,
            List.of(TEACHER, TEACHER_HEAD, TEACHER_PROTOTYPES),
            Set.of(CENTER),
            Map.of("studentTemperature", ofStudent, "teacherTemperature", ofTeacher)));
  }

  @Override
  public void build(MethodState state) {
    int features = OutputFeatures.of(backbone());
    add(state, backbone());
    startUnbiased(
        add(state, Heads.bottleneck(HEAD, features, settings.headHidden(), settings.bottleneck())));
    add(state, Heads.prototypes(PROTOTYPES, settings.bottleneck(), settings.prototypes()));
    EmaTeachers.add(state, TEACHER, STUDENT);
    EmaTeachers.add(state, TEACHER_HEAD, HEAD);
    EmaTeachers.add(state, TEACHER_PROTOTYPES, PROTOTYPES);
    state.add(CENTER, state.engine().zeros(1, settings.prototypes()));
    prototypes.addMemory(state);
  }

  /**
   * Biases of zero, as the authors start: without normalization other ones are most of what the
   * head says at first, the same of every image.
   */
  private static void startUnbiased(Network head) {
    for (Segment segment : head.layout().parameters()) {
      if (segment.kind() == Segment.Kind.BIAS) {
        head.parameters().slice(0, segment.offset(), segment.offset() + segment.size()).fillIn(0);
      }
    }
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    TwoViews.Pair v = views.of(context);
    var seen = new LinkedHashMap<String, Tensor>();
    seen.put(DinoObjective.STUDENT_FIRST, v.v1());
    seen.put(DinoObjective.STUDENT_SECOND, v.v2());
    if (settings.multiCrop()) {
      seen.put(DinoObjective.STUDENT_LOCAL, context.view(local));
    }
    context.markPhase("views");
    var inputs = new HashMap<String, Tensor>();
    var chains = new LinkedHashMap<String, SequentialPass>();
    try (SequentialPass t1 = taught(state, v.v1());
        SequentialPass t2 = taught(state, v.v2())) {
      seen.forEach(
          (name, x) ->
              chains.put(name, SequentialPass.forward(state, x, STUDENT, HEAD, PROTOTYPES)));
      chains.forEach((name, chain) -> inputs.put(name, chain.output()));
      inputs.put(DinoObjective.TEACHER_FIRST, t1.output());
      inputs.put(DinoObjective.TEACHER_SECOND, t2.output());
      inputs.put(DinoObjective.CENTER, state.tensor(CENTER));
      context.markPhase("forward");

      double temperature = teacherTemperature(trained().updates(state));
      LossAndGradients evaluated =
          context.evaluate(
              new DinoObjective(settings.studentTemperature(), temperature, settings.multiCrop()),
              inputs,
              DinoObjective.CENTER);
      context.loss(evaluated.loss());
      context.chanceLevel(DinoObjective.chanceLevel(settings.prototypes()));
      context.metrics(evaluated);
      context.count("teacherTemperature", temperature);
      context.features(t1.output(0));
      context.metric("projectionStd", StepMetrics.featureDeviation(t1.output(1)));
      context.keep(DinoObjective.TEACHER_FIRST, context.gather(t1.output().copy()));
      context.keep(DinoObjective.TEACHER_SECOND, context.gather(t2.output().copy()));
      context.markPhase("objective");

      chains.forEach((name, chain) -> chain.backward(context.gradient(evaluated, name)));
      context.markPhase("backward");
    } finally {
      chains.values().forEach(SequentialPass::close);
    }
  }

  private static SequentialPass taught(MethodState state, Tensor view) {
    return SequentialPass.constant(state, view, TEACHER, TEACHER_HEAD, TEACHER_PROTOTYPES);
  }

  /** T_t of the update with this number. */
  private double teacherTemperature(long update) {
    double share = Math.min(1, update / Math.max(1.0, settings.temperatureWarmUp()));
    double from = settings.firstTeacherTemperature();
    return from + share * (settings.teacherTemperature() - from);
  }

  @Override
  public void beforeUpdate(StepContext context) {
    MethodState state = context.state();
    long update = trained().updates(state);
    boolean frozen = update < settings.frozenUpdates();
    if (frozen) {
      state.network(PROTOTYPES).clearGradients();
    } else {
      trained().requireFinite(state); // the other networks are updated after the prototypes
      prototypes.update(state, trained().rate(state, learningRate(), context.images()));
    }
    context.count("frozen", frozen ? 1 : 0);
  }

  @Override
  public double teacherMomentum(MethodState state) {
    return settings.teacherMomentum();
  }

  @Override
  public void afterUpdate(StepContext context) {
    MethodState state = context.state();
    DinoObjective.follow(
        state.tensor(CENTER),
        context.kept(DinoObjective.TEACHER_FIRST),
        context.kept(DinoObjective.TEACHER_SECOND),
        settings.centerMomentum());
  }

  @Override
  public Map<String, String> teachers() {
    return Map.of(TEACHER, STUDENT, TEACHER_HEAD, HEAD, TEACHER_PROTOTYPES, PROTOTYPES);
  }
}
