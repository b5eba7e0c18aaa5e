package io.millrace.learner.method.bow;

import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.pretext.RotationMethod;
import io.millrace.learner.method.pretext.RotationSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.OptimizerGroup;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.method.step.StepMetrics;
import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.objective.BownetObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.optim.Schedule;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * BoWNet (Gidaris et al. 2020): from a perturbed image the student predicts which visual words of a
 * fixed teacher's the clean one is made of. The first teacher has learned to predict rotations; it
 * is the student of the round before that teaches the next. See {@link BownetPhase}.
 *
 * <pre>
 * rotation:    L = cross-entropy(head(student(turn_r(x))), r)                    log 4 at chance level
 * vocabulary:  words ← k-means of teacher(x); "loss": mean squared distance to the nearest word,
 *              against that to the features' mean
 * prediction:  t = share of x's cells nearest to each word
 *              L = KL(t ‖ softmax(κ · wordHead(student(perturb(x)))))          uniform at chance level
 * </pre>
 *
 * The teacher runs on its running statistics. Representation: the student.
 */
public final class BownetMethod implements Method {
  public static final String NAME = "bownet";

  private static final String STUDENT = RotationMethod.STUDENT;
  private static final String TEACHER = "teacher";
  private static final String ROTATION = RotationMethod.HEAD;
  private static final String WORDS = "wordHead";
  private static final String LAST = ResNets.STAGES.get(ResNets.STAGES.size() - 1);

  private final ModelSettings model;
  private final NetworkSpec backbone;
  private final BownetSettings settings;
  private final RotationMethod rotation;
  private final KMeans vocabulary;
  private final ViewGroup clean;
  private final ViewGroup perturbed;
  private final BownetObjective histograms = new BownetObjective();
  private final OptimizerGroup all;
  private final OptimizerGroup onRotation;
  private final OptimizerGroup onWords;
  private final Schedule learningRate;

  public BownetMethod(ModelSettings model, BownetSettings settings) {
    this(model, specWithWords(model), settings);
  }

  private static NetworkSpec specWithWords(ModelSettings model) {
    Checks.wordCells("methods.bownet.words", model, LAST);
    return model.spec(STUDENT);
  }

  /** With a backbone of any kind that taps its last feature map. */
  public BownetMethod(ModelSettings model, NetworkSpec backbone, BownetSettings settings) {
    this.model = model;
    this.backbone = backbone;
    this.settings = settings;
    this.vocabulary = new KMeans("vocabulary", settings.words(), OutputFeatures.of(backbone, LAST));
    this.clean = ViewGroup.center("teacher", 0, model.preprocessing());
    this.perturbed = ViewGroup.crops("student", settings.view(), model.preprocessing());
    this.rotation =
        new RotationMethod(
            model,
            backbone,
            new RotationSettings(
                settings.view().cropsAlone(), settings.optimizer(), settings.learningRate()));
    var optimizer = settings.optimizer();
    this.all = new OptimizerGroup("updates", List.of(STUDENT, ROTATION, WORDS), optimizer);
    this.onRotation = new OptimizerGroup("updates", List.of(STUDENT, ROTATION), optimizer);
    this.onWords = new OptimizerGroup("updates", List.of(STUDENT, WORDS), optimizer);
    this.learningRate = settings.learningRate().schedule();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, String> fixedSettings() {
    return model.fixed(Map.of("words", settings.words()), settings.optimizer());
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
  public String servedLayer() {
    return model.layer(ModelSettings.OUTPUT, backbone);
  }

  @Override
  public Set<String> releasedTensors() {
    return Set.of(vocabulary.name());
  }

  @Override
  public MethodState initialize(Engine engine) {
    var state = new MethodState(engine);
    rotation.build(state); // student and head
    rotation.add(state, Heads.prototypes(WORDS, OutputFeatures.of(backbone), settings.words()));
    EmaTeachers.add(state, TEACHER, STUDENT);
    vocabulary.addTo(state);
    all.addMemory(state);
    BownetPhase.ROTATION.begin(state);
    return state;
  }

  @Override
  public StepReport step(ImageBatch batch, MethodState state) {
    Engine engine = state.engine();
    BownetPhase phase = BownetPhase.of(state);
    try (Scope scope = engine.scope();
        StepContext context =
            phase == BownetPhase.ROTATION
                ? rotation.accumulate(batch, state, 1)
                : new StepContext(batch, state, model.seed(), 1)) {
      double rate =
          switch (phase) {
            case ROTATION -> update(context, onRotation);
            case VOCABULARY -> followTeacher(context);
            case PREDICTION -> predictHistograms(context);
          };
      context.count("phase", phase.ordinal());
      context.count("round", BownetPhase.round(state));
      context.metric(
          "teacherDistance", StepMetrics.distance(state.network(TEACHER), state.network(STUDENT)));
      BownetPhase.count(state);
      goOn(phase, state);
      return context.report(rate, 1); // the teacher keeps all of itself until its successor
    } finally {
      engine.stepEnded();
    }
  }

  private double followTeacher(StepContext whole) {
    whole.onShards(this::followTeacherOf);
    whole.count("gradientNorm", 0);
    whole.count("words", vocabulary.filled(whole.state()));
    whole.markPhase("objective");
    return 0;
  }

  private void followTeacherOf(StepContext context) {
    Tensor view = context.view(clean);
    context.markPhase("views");
    Tensor cells = context.gather(BagOfWords.locations(BagOfWords.inner(taught(context, view))));
    context.markPhase("forward");
    KMeans.Fit fit =
        context.once(
            () -> vocabulary.follow(context.state(), cells, context.batch().step(), model.seed()));
    context.loss(fit.error());
    context.chanceLevel(fit.spread().clamp(1e-12, Double.POSITIVE_INFINITY));
  }

  private double predictHistograms(StepContext whole) {
    whole.onShards(this::predictHistogramsOf);
    return update(whole, onWords);
  }

  private void predictHistogramsOf(StepContext context) {
    MethodState state = context.state();
    Tensor whole = context.view(clean);
    Tensor seen = context.view(perturbed);
    context.markPhase("views");
    Tensor target = histograms(context, BagOfWords.inner(taught(context, whole)));
    try (SequentialPass chain = SequentialPass.forward(state, seen, STUDENT, WORDS)) {
      context.markPhase("forward");
      LossAndGradients evaluated =
          context.evaluate(
              histograms,
              Map.of(
                  BownetObjective.LOGITS,
                  chain.output().mul(settings.kappa()),
                  BownetObjective.HISTOGRAMS,
                  target));
      context.loss(evaluated.loss());
      context.chanceLevel(
          Objects.requireNonNull(evaluated.metrics().get(BownetObjective.CHANCE_LEVEL)));
      List<Tensor> perplexities = BagOfWords.perplexities(target);
      context.metric("perplexityBatch", perplexities.get(0));
      context.metric("perplexityImage", perplexities.get(1));
      context.features(chain.output(0));
      context.markPhase("objective");
      chain.backward(context.gradient(evaluated, BownetObjective.LOGITS).mul(settings.kappa()));
      context.markPhase("backward");
    }
  }

  /** The teacher's last feature map. */
  private static Tensor taught(StepContext context, Tensor view) {
    try (Activations teacher = context.state().network(TEACHER).forward(view, Mode.EVAL, false)) {
      return teacher.tap(LAST).copy();
    }
  }

  /** Share of the cells of each image that are nearest to each word. */
  private Tensor histograms(StepContext context, Tensor map) {
    Tensor distances =
        BagOfWords.distances(BagOfWords.locations(map), vocabulary.words(context.state()));
    return BagOfWords.bags(
        distances,
        map.size(0),
        BagOfWords.Assignment.HARD,
        distances,
        0,
        BagOfWords.Pooling.AVERAGE);
  }

  private double update(StepContext context, OptimizerGroup trained) {
    context.requireFiniteLoss();
    double rate = trained.rate(context.state(), learningRate, context.images());
    context.metric("gradientNorm", trained.update(context.state(), rate).sqrt());
    context.markPhase("optimiser");
    return rate;
  }

  /** The next phase where this one has had its steps. */
  private void goOn(BownetPhase phase, MethodState state) {
    long steps = BownetPhase.steps(state);
    switch (phase) {
      case ROTATION -> {
        if (steps >= settings.rotationSteps()) {
          beginRound(state);
        }
      }
      case VOCABULARY -> {
        if (steps >= settings.vocabularySteps() && vocabulary.full(state)) {
          Network head = state.network(WORDS);
          // Words have new meanings: what predicted the old ones is of no use.
          Initializer.initialize(state.engine(), head, model.seed() + BownetPhase.round(state));
          all.restart(state);
          BownetPhase.PREDICTION.begin(state);
        }
      }
      case PREDICTION -> {
        if (steps >= settings.predictionSteps()) {
          BownetPhase.nextRound(state);
          beginRound(state);
        }
      }
    }
  }

  private void beginRound(MethodState state) {
    EmaTeachers.replace(state, TEACHER, STUDENT);
    vocabulary.clear(state);
    BownetPhase.VOCABULARY.begin(state);
  }
}
