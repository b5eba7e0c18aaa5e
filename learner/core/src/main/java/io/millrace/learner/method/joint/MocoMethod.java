package io.millrace.learner.method.joint;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.Queue;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
import io.millrace.learner.method.step.TeachingHook;
import io.millrace.learner.method.step.TwoViews;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.MocoObjective;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Momentum contrast (He et al. 2020; Chen et al. 2020 for the projector and the colors): a view's
 * query finds the teacher's key of the other view among the keys of earlier images, which wait in a
 * queue.
 *
 * <pre>
 * q_a = projector(student(a)),   k_a = projector'(teacher(a))
 * L = ½ (moco(q_1, k_2, queue) + moco(q_2, k_1, queue)),   log(K + 1) at no skill
 * queue ← the oldest keys replaced by k_1 and k_2, each divided by its length, after each update
 * teacher ← τ · teacher + (1 − τ) · student, after each update
 * </pre>
 *
 * Keys carry the ids of their images: where replay shows an image again, its own older keys are no
 * negatives of it (ours; the authors see each image once while its key waits). Both directions
 * count (ours, as the authors' CIFAR demonstration may). The teacher normalizes by its own batch;
 * batches are not shuffled, since there are no devices to shuffle between. The queue begins with
 * random directions. Representation: the student without its projector.
 */
public final class MocoMethod extends SinglePassMethod {
  public static final String NAME = "moco";

  private static final String STUDENT = "student";
  private static final String PROJECTOR = "projector";
  private static final String TEACHER = "teacher";
  private static final String TEACHER_PROJECTOR = "teacherProjector";
  private static final String QUEUE = MocoObjective.QUEUE;
  private static final String OWNERS = "queue.ids";
  private static final String KEYS = "keys";

  private final MocoSettings settings;
  private final TwoViews views;
  private final MocoObjective objective;
  private final Queue queue;

  public MocoMethod(ModelSettings model, MocoSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  public MocoMethod(ModelSettings model, NetworkSpec backbone, MocoSettings settings) {
    super(NAME, model, backbone, List.of(STUDENT, PROJECTOR), settings);
    this.settings = settings;
    this.views = TwoViews.of(settings, model.preprocessing());
    this.objective = new MocoObjective(settings.temperature());
    this.queue = new Queue(QUEUE, settings.queue());
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of(
        "projectorHidden", settings.projectorHidden(),
        "projection", settings.projection(),
        "queue", settings.queue());
  }

  @Override
  public Set<String> releasedTensors() {
    return Set.of(QUEUE);
  }

  /** The queue of the release is frozen with it: its keys are the negatives of every call. */
  @Override
  public Optional<AuxiliaryHook> hook() {
    return Optional.of(
        new TeachingHook(
            objective,
            MocoObjective.QUERY,
            settings.projection(),
            MocoObjective.KEY,
            List.of(TEACHER, TEACHER_PROJECTOR),
            Set.of(QUEUE),
            Map.of("temperature", settings.temperature())));
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    add(
        state,
        Heads.perceptron(
            PROJECTOR,
            OutputFeatures.of(backbone()),
            settings.projectorHidden(),
            settings.projection()));
    EmaTeachers.add(state, TEACHER, STUDENT);
    EmaTeachers.add(state, TEACHER_PROJECTOR, PROJECTOR);
    queue.addTo(state, directions(state.engine()));
    state.add(OWNERS, state.engine().zeros(settings.queue(), ImageIds.COLUMNS).fillIn(-1));
    state.mayLack(OWNERS); // checkpoints from before keys had ids
  }

  /** Uniformly distributed directions, [queue, projection]. */
  private Tensor directions(Engine engine) {
    int columns = settings.projection();
    double[] values = new double[settings.queue() * columns];
    for (int row = 0; row < settings.queue(); row++) {
      KeyedRandom random = KeyedRandom.of(seed(), "moco.queue", row, 0);
      double square = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        values[i] = random.nextGaussian();
        square += values[i] * values[i];
      }
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        values[i] /= Math.sqrt(square);
      }
    }
    return engine.tensor(values, settings.queue(), columns);
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    TwoViews.Pair v = views.of(context);
    try (SequentialPass one = SequentialPass.forward(state, v.v1(), STUDENT, PROJECTOR);
        SequentialPass two = SequentialPass.forward(state, v.v2(), STUDENT, PROJECTOR)) {
      Tensor k1 = SequentialPass.target(state, v.v1(), TEACHER, TEACHER_PROJECTOR);
      Tensor k2 = SequentialPass.target(state, v.v2(), TEACHER, TEACHER_PROJECTOR);
      context.markPhase("forward");
      Tensor ids = ids(context);
      Tensor own = ImageIds.same(ids, state.tensor(OWNERS));
      LossAndGradients toSecond = contrast(context, one.output(), k2, own);
      LossAndGradients toFirst = contrast(context, two.output(), k1, own);
      context.loss(toSecond.loss().add(toFirst.loss()).mul(0.5));
      context.chanceLevel(MocoObjective.chanceLevel(own));
      context.metric("ownKeys", own.sum(false).mul(1.0 / context.batch().size()));
      context.metrics(toSecond);
      context.features(one.output(0));
      context.metric("projectionStd", StepMetrics.featureDeviation(k1));
      context.keep(KEYS, state.engine().concat(0, List.of(context.gather(k1), context.gather(k2))));
      context.keep(OWNERS, context.gather(ids));
      context.markPhase("objective");

      one.backward(context.gradient(toSecond, MocoObjective.QUERY).mul(0.5));
      two.backward(context.gradient(toFirst, MocoObjective.QUERY).mul(0.5));
      context.markPhase("backward");
    }
  }

  /** Of the batch's images, [images, columns]. */
  private static Tensor ids(StepContext context) {
    return ImageIds.of(context.engine(), context.batch().ids());
  }

  private LossAndGradients contrast(StepContext context, Tensor query, Tensor key, Tensor own) {
    return context.evaluate(
        objective,
        Map.of(
            MocoObjective.QUERY, query,
            MocoObjective.KEY, key,
            MocoObjective.QUEUE, context.state().tensor(QUEUE),
            MocoObjective.OWN, own),
        MocoObjective.QUEUE);
  }

  @Override
  public double teacherMomentum(MethodState state) {
    return settings.teacherMomentum();
  }

  @Override
  public void afterUpdate(StepContext context) {
    MethodState state = context.state();
    Tensor keys = context.kept(KEYS);
    Tensor length = keys.mul(keys).sum(true, 1).sqrt().clamp(1e-12, Double.POSITIVE_INFINITY);
    Tensor ids = context.kept(OWNERS);
    queue.enqueue(
        state,
        Map.of(QUEUE, keys.div(length), OWNERS, state.engine().concat(0, List.of(ids, ids))));
  }

  @Override
  public Map<String, String> teachers() {
    return Map.of(TEACHER, STUDENT, TEACHER_PROJECTOR, PROJECTOR);
  }
}
