package io.millrace.learner.method.bow;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.EmaTeachers;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.ObowObjective;
import io.millrace.learner.objective.VocabularyUpdate;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
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
import java.util.Optional;
import java.util.Set;

/**
 * Online bag-of-visual-words (Gidaris et al. 2021; valeoai/obow). The teacher turns the whole image
 * into bags of visual words at several stages; from crops of it the student predicts them, with
 * weights that a generator computes from the vocabulary, which itself moves on with the teacher.
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
public final class ObowMethod extends SinglePassMethod {
  public static final String NAME = "obow";

  private static final String STUDENT = "student";
  private static final String TEACHER = "teacher";

  /** Images that the teacher sees at once. */
  private static final int AT_ONCE = 32;

  private final ObowSettings settings;
  private final List<Vocabulary> vocabularies;
  private final ViewGroup image;
  private final List<ViewGroup> groups;
  private final ObowObjective objective;

  public ObowMethod(ModelSettings model, ObowSettings settings) {
    this(model, specWithWords(model, settings), settings);
  }

  private static NetworkSpec specWithWords(ModelSettings model, ObowSettings settings) {
    settings.levels().forEach(level -> Checks.wordCells("methods.obow.levels", model, level));
    return model.spec(STUDENT);
  }

  /** With a backbone of any kind that taps the levels; its output is the feature vector. */
  public ObowMethod(ModelSettings model, NetworkSpec backbone, ObowSettings settings) {
    super(NAME, model, backbone, trained(settings), settings);
    this.settings = settings;
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
    this.image = ViewGroup.center("teacher", settings.crops().flip(), model.preprocessing());
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
  }

  private static List<String> trained(ObowSettings settings) {
    var networks = new ArrayList<>(List.of(STUDENT));
    settings.levels().forEach(level -> networks.add(generator(level)));
    return networks;
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of(
        "levels", settings.levels(),
        "words", settings.words(),
        "vocabularyUpdate", settings.vocabularyUpdate(),
        "assignment", settings.assignment(),
        "pooling", settings.pooling());
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
  public Optional<AuxiliaryHook> hook() {
    return Optional.of(
        new ObowHook(
            TEACHER, vocabularies, OutputFeatures.of(backbone()), settings, ObowMethod::generator));
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    int features = OutputFeatures.of(backbone());
    for (Vocabulary vocabulary : vocabularies) {
      String name = generator(vocabulary.level());
      add(state, Heads.weightGenerator(name, vocabulary.channels(), 2 * features, features));
      vocabulary.addTo(state);
    }
    EmaTeachers.add(state, TEACHER, STUDENT);
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    var views = new LinkedHashMap<ViewGroup, Tensor>();
    groups.forEach(group -> views.put(group, context.view(group)));
    Tensor whole = context.view(image);
    context.markPhase("views");

    var inputs = new HashMap<String, Tensor>();
    var passes = new LinkedHashMap<String, Activations>();
    try {
      targets(context, whole, inputs);
      for (Vocabulary vocabulary : vocabularies) {
        String level = vocabulary.level();
        Activations weights =
            state.network(generator(level)).forward(vocabulary.words(state), Mode.TRAIN);
        passes.put(ObowObjective.weights(level), weights);
      }
      views.forEach(
          (group, view) ->
              passes.put(
                  ObowObjective.features(group.name()),
                  state.network(STUDENT).forward(view, Mode.TRAIN)));
      passes.forEach((name, activations) -> inputs.put(name, activations.output()));
      context.markPhase("forward");

      LossAndGradients evaluated = context.evaluate(objective, inputs, generated());
      context.loss(evaluated.loss());
      evaluated.metrics().forEach(context::metric);
      context.chanceLevel(there(evaluated.metrics(), ObowObjective.CHANCE_LEVEL));
      context.features(there(inputs, ObowObjective.features(groups.get(0).name())));
      context.markPhase("objective");

      passes.forEach((name, a) -> a.backward(context.gradient(evaluated, name), false));
      context.markPhase("backward");
    } finally {
      passes.values().forEach(Activations::close);
    }
  }

  @Override
  public double teacherMomentum(MethodState state) {
    return settings.teacherMomentum();
  }

  @Override
  public void afterUpdate(StepContext context) {
    MethodState state = context.state();
    for (Vocabulary vocabulary : vocabularies) {
      if (context.keeps(vocabulary.wordsName())) {
        vocabulary.enqueue(state, context.kept(vocabulary.wordsName()));
      }
      context.count("words." + vocabulary.level(), vocabulary.filled(state));
    }
  }

  @Override
  public Map<String, String> teachers() {
    return Map.of(TEACHER, STUDENT);
  }

  /** Perplexities of the teacher's bags of words, in EVAL mode; none before the first batch. */
  @Override
  public Map<String, Double> metrics(MethodState state, EvalView view, List<PixelImage> images) {
    var out = new HashMap<String, Double>();
    for (Vocabulary vocabulary : vocabularies) {
      if (vocabulary.filled(state) > 0) {
        try (Scope scope = state.engine().scope()) {
          Tensor bags = state.engine().zeros(images.size(), vocabulary.filled(state));
          for (int from = 0; from < images.size(); from += AT_ONCE) {
            int to = Math.min(images.size(), from + AT_ONCE);
            evaluate(state, vocabulary, view, images.subList(from, to), bags.slice(0, from, to));
          }
          List<Tensor> perplexities = BagOfWords.perplexities(bags);
          out.put("perplexityBatch." + vocabulary.level(), perplexities.get(0).item());
          out.put("perplexityImage." + vocabulary.level(), perplexities.get(1).item());
        }
      }
    }
    return out;
  }

  private void evaluate(
      MethodState state,
      Vocabulary vocabulary,
      EvalView view,
      List<PixelImage> images,
      Tensor bags) {
    try (Scope scope = state.engine().scope();
        Activations teacher =
            state.network(TEACHER).forward(view.of(state.engine(), images), Mode.EVAL)) {
      Tensor inner = BagOfWords.inner(teacher.tap(vocabulary.level()));
      bags.copyIn(
          new MapWords(state.engine(), inner, vocabulary.words(state))
              .bags(settings, state.tensor(vocabulary.distanceName())));
    }
  }

  /** The teacher's bags of words, and what each image will give to the vocabulary. */
  private void targets(StepContext context, Tensor view, Map<String, Tensor> inputs) {
    MethodState state = context.state();
    ImageBatch batch = context.batch();
    try (Activations teacher = state.network(TEACHER).forward(view, Mode.TRAIN, false)) {
      for (Vocabulary vocabulary : vocabularies) {
        String level = vocabulary.level();
        Tensor inner = BagOfWords.inner(teacher.tap(level));
        Tensor drawn = context.gather(vocabulary.draw(inner, batch.ids(), batch.step(), seed()));
        boolean starting = vocabulary.filled(state) == 0;
        if (starting) {
          context.once(
              () -> {
                vocabulary.enqueue(state, drawn);
                return true;
              });
        } else {
          context.keep(vocabulary.wordsName(), drawn);
        }
        var seen = new MapWords(state.engine(), inner, vocabulary.words(state));
        Tensor ofBatch = context.mean(seen.meanOfMinimum());
        Tensor mean = context.once(() -> vocabulary.follow(state, ofBatch, starting));
        Tensor bags = seen.bags(settings, mean);
        inputs.put(ObowObjective.target(level), bags);
        List<Tensor> perplexities = BagOfWords.perplexities(bags);
        context.metric("perplexityBatch." + level, perplexities.get(0));
        context.metric("perplexityImage." + level, perplexities.get(1));
        context.metric("minDistance." + level, mean);
      }
    }
  }

  /** Inputs of the objective that are generated of words, the same for every image. */
  private String[] generated() {
    return settings.levels().stream().map(ObowObjective::weights).toArray(String[]::new);
  }

  private static String generator(String level) {
    return "generator." + level;
  }

  private static <K, V> V there(Map<K, V> map, K key) {
    return Objects.requireNonNull(map.get(key));
  }
}
