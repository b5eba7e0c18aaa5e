package io.millrace.learner.method;

import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.objective.BagOfWords.Assignment;
import io.millrace.learner.objective.BagOfWords.Pooling;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.ObowObjective;
import io.millrace.learner.objective.VocabularyUpdate;
import io.millrace.learner.optim.Ema;
import io.millrace.learner.optim.Schedule;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Initialiser;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Online bag-of-visual-words (Gidaris et al. 2021; valeoai/obow). The teacher turns the whole image
 * into bags of visual words at several stages; from crops of it the student predicts them, with
 * weights that a generator makes of the vocabulary, which itself moves on with the teacher.
 *
 * <pre>
 * t_l = bag(teacher_l(image), vocabulary_l),   W_l = generator_l(vocabulary_l),   f_g = student(crop_g)
 * L = Σ_g mean_l KL(t_l ‖ softmax(κ f_g W_lᵀ))
 * vocabulary_l ← the oldest words replaced by one local feature of each image
 * teacher ← α · teacher + (1 − α) · student, after each update
 * </pre>
 *
 * Loss and targets use the vocabulary as it was before this batch, except on the very first, which
 * starts it. Representation: the student.
 */
final class ObowMethod implements Method {
  static final String NAME = "obow";

  private static final String STUDENT = "student";
  private static final String TEACHER = "teacher";

  private final ModelSettings model;
  private final long seed;
  private final NetworkSpec backbone;
  private final ObowSettings settings;
  private final Assignment assignment;
  private final Pooling pooling;
  private final List<Vocabulary> vocabularies;
  private final ViewGroup image;
  private final List<ViewGroup> groups;
  private final ObowObjective objective;
  private final Trained trained;
  private final Schedule learningRate;

  ObowMethod(ModelSettings model, ObowSettings settings) {
    this(model, model.backbone().spec(STUDENT, model.preprocessing().size()), settings);
  }

  /** With a backbone of any kind that taps the levels; its output is the feature vector. */
  ObowMethod(ModelSettings model, NetworkSpec backbone, ObowSettings settings) {
    this.model = model;
    this.seed = model.seed();
    this.backbone = backbone;
    this.settings = settings;
    this.assignment = settings.assignment().equals("soft") ? Assignment.SOFT : Assignment.HARD;
    this.pooling = settings.pooling().equals("max") ? Pooling.MAX : Pooling.AVERAGE;
    this.vocabularies =
        settings.levels().stream()
            .map(
                level ->
                    new Vocabulary(
                        level,
                        settings.words(),
                        OutputFeatures.of(backbone, level),
                        VocabularyUpdate.of(settings.vocabularyUpdate()),
                        settings.distanceMomentum()))
            .toList();
    this.image = ViewGroup.centre("teacher", settings.crops().flip(), model.preprocessing());
    var students = new ArrayList<ViewGroup>();
    students.add(ViewGroup.crops("crops", settings.crops(), model.preprocessing()));
    if (settings.patches().views() > 0) {
      students.add(
          ViewGroup.patches(
              "patches", settings.patches(), settings.crops(), model.preprocessing()));
    }
    this.groups = List.copyOf(students);
    this.objective =
        new ObowObjective(
            groups.stream().map(ViewGroup::name).toList(), settings.levels(), settings.kappa());
    var networks = new ArrayList<>(List.of(STUDENT));
    settings.levels().forEach(level -> networks.add(generator(level)));
    this.trained = new Trained("updates", networks, settings.optimiser().optimiser());
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
        "levels", settings.levels().toString(),
        "words", Integer.toString(settings.words()),
        "vocabularyUpdate", settings.vocabularyUpdate(),
        "assignment", settings.assignment(),
        "pooling", settings.pooling(),
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
  public Set<String> releasedTensors() {
    var names = new LinkedHashSet<String>();
    for (Vocabulary vocabulary : vocabularies) {
      names.add(vocabulary.wordsName());
      names.add(vocabulary.distanceName());
    }
    return names;
  }

  @Override
  public MethodState initialise(Engine engine) {
    var state = new MethodState(engine);
    Initialiser.initialise(engine, state.add(STUDENT, engine.network(backbone)), seed);
    int features = OutputFeatures.of(backbone);
    for (Vocabulary vocabulary : vocabularies) {
      String name = generator(vocabulary.level());
      NetworkSpec spec = Heads.weightGenerator(name, vocabulary.channels(), 2 * features, features);
      Initialiser.initialise(engine, state.add(name, engine.network(spec)), seed);
      vocabulary.addTo(state);
    }
    Teachers.add(state, TEACHER, STUDENT);
    trained.addMemory(state);
    return state;
  }

  @Override
  public StepReport step(ImageBatch batch, MethodState state) {
    Engine engine = state.engine();
    var watch = new Stopwatch();
    var views = new LinkedHashMap<ViewGroup, Tensor>();
    try (Scope scope = engine.scope()) {
      var pixels = new PixelBatch(engine, batch.images());
      for (ViewGroup group : groups) {
        views.put(group, group.of(engine, pixels, batch.ids(), batch.step(), seed));
      }
      views.put(image, image.of(engine, pixels, batch.ids(), batch.step(), seed));
      watch.lap("views");
      return step(batch, state, views, watch);
    } finally {
      views.values().forEach(Tensor::close);
      engine.stepEnded();
    }
  }

  /** The update itself; the caller's scope takes up what it makes. */
  private StepReport step(
      ImageBatch batch, MethodState state, Map<ViewGroup, Tensor> views, Stopwatch watch) {
    var figures = new Figures();
    var inputs = new HashMap<String, Tensor>();
    var newWords = new LinkedHashMap<Vocabulary, Tensor>();
    var passes = new LinkedHashMap<String, Activations>();
    try {
      targets(batch, state, there(views, image), inputs, newWords, figures);
      for (Vocabulary vocabulary : vocabularies) {
        String level = vocabulary.level();
        Activations weights =
            state.network(generator(level)).forward(vocabulary.words(state), Mode.TRAIN);
        passes.put(ObowObjective.weights(level), weights);
      }
      for (ViewGroup group : groups) {
        Activations features = state.network(STUDENT).forward(there(views, group), Mode.TRAIN);
        passes.put(ObowObjective.features(group.name()), features);
      }
      passes.forEach((name, pass) -> inputs.put(name, pass.output()));
      watch.lap("forward");

      LossAndGradients evaluated = objective.evaluate(inputs);
      figures.add("loss", evaluated.loss());
      evaluated.figures().forEach(figures::add);
      figures.add(
          "featureStd",
          Figures.featureDeviation(there(inputs, ObowObjective.features(groups.get(0).name()))));
      watch.lap("objective");

      passes.forEach((name, pass) -> pass.backward(there(evaluated.gradients(), name), false));
      watch.lap("backward");
    } finally {
      passes.values().forEach(Activations::close);
    }

    double rate = learningRate.at(trained.updates(state));
    figures.add("gradientNorm", trained.squaredGradientNorm(state).sqrt());
    trained.update(state, rate);
    newWords.forEach((vocabulary, words) -> vocabulary.enqueue(state, words));
    watch.lap("optimiser");

    double alpha = settings.teacherMomentum();
    Network student = state.network(STUDENT);
    Ema.update(state.network(TEACHER).parameters(), student.parameters(), alpha);
    figures.add("teacherDistance", Figures.distance(state.network(TEACHER), student));
    Map<String, Double> values = figures.fetch(state.engine());
    for (Vocabulary vocabulary : vocabularies) {
      values.put("words." + vocabulary.level(), (double) vocabulary.filled(state));
    }
    double uninformed = there(values, ObowObjective.UNINFORMED);
    watch.lap("ema");
    return new StepReport(
        Objects.requireNonNull(values.remove("loss")),
        uninformed,
        Objects.requireNonNull(values.remove("gradientNorm")),
        rate,
        alpha,
        batch.size(),
        values,
        watch.nanos());
  }

  /** The teacher's bags of words, and what each image will give to the vocabulary. */
  private void targets(
      ImageBatch batch,
      MethodState state,
      Tensor view,
      Map<String, Tensor> inputs,
      Map<Vocabulary, Tensor> newWords,
      Figures figures) {
    try (Activations teacher = state.network(TEACHER).forward(view, Mode.TRAIN, false)) {
      for (Vocabulary vocabulary : vocabularies) {
        String level = vocabulary.level();
        Tensor inner = BagOfWords.inner(teacher.tap(level));
        Tensor drawn = vocabulary.draw(inner, batch.ids(), batch.step(), seed);
        boolean starting = vocabulary.filled(state) == 0;
        if (starting) {
          vocabulary.enqueue(state, drawn);
        } else {
          newWords.put(vocabulary, drawn);
        }
        Tensor bags = state.engine().zeros(batch.size(), vocabulary.filled(state));
        Tensor mean = bagsOfWords(state, vocabulary, starting, inner, bags);
        inputs.put(ObowObjective.target(level), bags);
        List<Tensor> perplexities = BagOfWords.perplexities(bags);
        figures.add("perplexityBatch." + level, perplexities.get(0));
        figures.add("perplexityImage." + level, perplexities.get(1));
        figures.add("minDistance." + level, mean);
      }
    }
  }

  /**
   * Writes the bags; the distances of every location to every word are gone afterwards.
   *
   * @return the running mean of the minimum distance
   */
  private Tensor bagsOfWords(
      MethodState state, Vocabulary vocabulary, boolean starting, Tensor inner, Tensor bags) {
    try (Scope scope = state.engine().scope()) {
      Tensor distances = BagOfWords.distances(BagOfWords.locations(inner), vocabulary.words(state));
      Tensor mean = vocabulary.follow(state, BagOfWords.meanOfMinimum(distances), starting);
      bags.copyIn(
          BagOfWords.bags(
              distances, bags.size(0), assignment, mean, settings.inverseDelta(), pooling));
      return mean;
    }
  }

  private static String generator(String level) {
    return "generator." + level;
  }

  private static <K, V> V there(Map<K, V> map, K key) {
    return Objects.requireNonNull(map.get(key));
  }
}
