package io.millrace.learner.method;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.optim.Ema;
import io.millrace.learner.optim.Schedule;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Initialiser;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Bootstrap your own latent (Grill et al. 2020). From one view of an image the student predicts
 * what the teacher makes of the other, in both directions:
 *
 * <pre>
 * q_a = predictor(projector(student(a))),   z_b = projector'(teacher(b))
 * L = byol(q_1, z_2) + byol(q_2, z_1),   0 ≤ L ≤ 8, 4 where predictions are orthogonal to targets
 * teacher ← τ · teacher + (1 − τ) · student, after each update
 * </pre>
 *
 * The average runs over parameters; teacher and teacher's projector normalise by their own batch
 * and keep running statistics of their own. Representation: the student without its projector.
 */
final class ByolMethod implements Method {
  static final String NAME = "byol";

  private static final String STUDENT = "student";
  private static final String PROJECTOR = "projector";
  private static final String PREDICTOR = "predictor";
  private static final String TEACHER = "teacher";
  private static final String TEACHER_PROJECTOR = "teacherProjector";

  private final ModelSettings model;
  private final long seed;
  private final NetworkSpec backbone;
  private final ByolSettings settings;
  private final ViewGroup first;
  private final ViewGroup second;
  private final ByolObjective objective = new ByolObjective();
  private final Trained trained;
  private final Schedule learningRate;

  ByolMethod(ModelSettings model, ByolSettings settings) {
    this(model, model.backbone().spec(STUDENT, model.preprocessing().size()), settings);
  }

  /** With a backbone of any kind; its output is the feature vector. */
  ByolMethod(ModelSettings model, NetworkSpec backbone, ByolSettings settings) {
    this.model = model;
    this.seed = model.seed();
    this.backbone = backbone;
    this.settings = settings;
    this.first = ViewGroup.crops("first", settings.firstView(), model.preprocessing());
    this.second = ViewGroup.crops("second", settings.secondView(), model.preprocessing());
    this.trained =
        new Trained(
            "updates", List.of(STUDENT, PROJECTOR, PREDICTOR), settings.optimiser().optimiser());
    this.learningRate = settings.learningRate().schedule();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, String> fixedSettings() {
    return Map.of(
        "seed", Long.toString(seed),
        "backbone", model.backbone().toString(),
        "projectorHidden", Integer.toString(settings.projectorHidden()),
        "projection", Integer.toString(settings.projection()),
        "predictorHidden", Integer.toString(settings.predictorHidden()),
        "optimiser.kind", settings.optimiser().kind());
  }

  @Override
  public String settings() {
    return settings.toString();
  }

  @Override
  public String representation() {
    return STUDENT;
  }

  @Override
  public MethodState initialise(Engine engine) {
    var state = new MethodState(engine);
    int features = OutputFeatures.of(backbone);
    NetworkSpec projector =
        Heads.mlp(PROJECTOR, features, settings.projectorHidden(), settings.projection());
    NetworkSpec predictor =
        Heads.mlp(
            PREDICTOR, settings.projection(), settings.predictorHidden(), settings.projection());
    for (NetworkSpec spec : List.of(backbone, projector, predictor)) {
      Initialiser.initialise(engine, state.add(spec.name(), engine.network(spec)), seed);
    }
    Teachers.add(state, TEACHER, STUDENT);
    Teachers.add(state, TEACHER_PROJECTOR, PROJECTOR);
    trained.addMemory(state);
    return state;
  }

  @Override
  public StepReport step(ImageBatch batch, MethodState state) {
    Engine engine = state.engine();
    var watch = new Stopwatch();
    try (Scope scope = engine.scope()) {
      var pixels = new PixelBatch(engine, batch.images());
      try (Tensor v1 = first.of(engine, pixels, batch.ids(), batch.step(), seed);
          Tensor v2 = second.of(engine, pixels, batch.ids(), batch.step(), seed)) {
        watch.lap("views");
        return step(batch, state, v1, v2, watch);
      }
    } finally {
      engine.stepEnded();
    }
  }

  /** The update itself; the caller's scope takes up what it makes. */
  private StepReport step(
      ImageBatch batch, MethodState state, Tensor v1, Tensor v2, Stopwatch watch) {
    var figures = new Figures();
    try (Prediction q1 = new Prediction(state, v1);
        Prediction q2 = new Prediction(state, v2)) {
      Tensor z1 = target(state, v1);
      Tensor z2 = target(state, v2);
      watch.lap("forward");

      LossAndGradients one = objective.evaluate(direction(q1.output(), z2));
      LossAndGradients two = objective.evaluate(direction(q2.output(), z1));
      figures.add("loss", one.loss().add(two.loss()));
      figures.add("cosine", one.figures().get("cosine").add(two.figures().get("cosine")).mul(0.5));
      figures.add("featureStd", Figures.featureDeviation(q1.features()));
      figures.add("projectionStd", Figures.featureDeviation(z1));
      watch.lap("objective");

      q1.backward(gradient(one));
      q2.backward(gradient(two));
      watch.lap("backward");
    }

    double rate = learningRate.at(trained.updates(state));
    figures.add("gradientNorm", trained.squaredGradientNorm(state).sqrt());
    trained.update(state, rate);
    watch.lap("optimiser");

    double tau = settings.teacherMomentum();
    Ema.update(state.network(TEACHER).parameters(), state.network(STUDENT).parameters(), tau);
    Ema.update(
        state.network(TEACHER_PROJECTOR).parameters(), state.network(PROJECTOR).parameters(), tau);
    figures.add(
        "teacherDistance", Figures.distance(state.network(TEACHER), state.network(STUDENT)));
    Map<String, Double> values = figures.fetch(state.engine());
    watch.lap("ema");
    return new StepReport(
        Objects.requireNonNull(values.remove("loss")),
        2 * ByolObjective.UNINFORMED,
        Objects.requireNonNull(values.remove("gradientNorm")),
        rate,
        tau,
        batch.size(),
        values,
        watch.nanos());
  }

  private static Map<String, Tensor> direction(Tensor prediction, Tensor target) {
    return Map.of(ByolObjective.PREDICTION, prediction, ByolObjective.TARGET, target);
  }

  private static Tensor gradient(LossAndGradients evaluated) {
    return Objects.requireNonNull(evaluated.gradients().get(ByolObjective.PREDICTION));
  }

  private static Tensor target(MethodState state, Tensor view) {
    try (Activations f = state.network(TEACHER).forward(view, Mode.TRAIN, false);
        Activations z = state.network(TEACHER_PROJECTOR).forward(f.output(), Mode.TRAIN, false)) {
      return z.output().copy();
    }
  }

  /** One view's way through student, projector and predictor, and back. */
  private static final class Prediction implements AutoCloseable {
    private final Activations features;
    private final Activations projection;
    private final Activations prediction;

    Prediction(MethodState state, Tensor view) {
      features = state.network(STUDENT).forward(view, Mode.TRAIN);
      projection = state.network(PROJECTOR).forward(features.output(), Mode.TRAIN);
      prediction = state.network(PREDICTOR).forward(projection.output(), Mode.TRAIN);
    }

    Tensor features() {
      return features.output();
    }

    Tensor output() {
      return prediction.output();
    }

    void backward(Tensor gradient) {
      Tensor atProjection = Objects.requireNonNull(prediction.backward(gradient, true));
      Tensor atFeatures = Objects.requireNonNull(projection.backward(atProjection, true));
      features.backward(atFeatures, false);
    }

    @Override
    public void close() {
      prediction.close();
      projection.close();
      features.close();
    }
  }
}
