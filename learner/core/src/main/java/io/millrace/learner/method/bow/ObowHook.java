package io.millrace.learner.method.bow;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.ReleasedModel;
import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.objective.ObowObjective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * OBoW's loss as a call: the client sends its own features of any number of crops of each image;
 * the release's frozen generators score them against the bags of words that its teacher computes
 * from the whole image.
 */
final class ObowHook implements AuxiliaryHook {
  /** The one group of crops of a call. */
  private static final String CROPS = "crops";

  private final String teacher;
  private final List<Vocabulary> vocabularies;
  private final int features;
  private final ObowSettings settings;
  private final Function<String, String> generator;

  /**
   * @param features length of the student's features
   * @param generator names the generator of a level
   */
  ObowHook(
      String teacher,
      List<Vocabulary> vocabularies,
      int features,
      ObowSettings settings,
      Function<String, String> generator) {
    this.teacher = teacher;
    this.vocabularies = vocabularies;
    this.features = features;
    this.settings = settings;
    this.generator = generator;
  }

  @Override
  public Objective objective() {
    return new ObowObjective(List.of(CROPS), settings.levels(), settings.kappa());
  }

  @Override
  public Map<String, Integer> predictions() {
    return Map.of(ObowObjective.features(CROPS), features);
  }

  @Override
  public String teacher() {
    return teacher;
  }

  @Override
  public Map<String, Tensor> targets(ReleasedModel model, Tensor view) {
    var out = new HashMap<String, Tensor>();
    try (Activations maps = model.network(teacher).forward(view, Mode.EVAL, false)) {
      for (Vocabulary vocabulary : vocabularies) {
        Tensor inner = BagOfWords.inner(maps.tap(vocabulary.level()));
        out.put(
            ObowObjective.target(vocabulary.level()),
            new MapWords(model.engine(), inner, words(model, vocabulary))
                .bags(settings, model.tensor(vocabulary.distanceName())));
      }
    }
    return out;
  }

  @Override
  public Set<String> constantNames() {
    return vocabularies.stream()
        .map(vocabulary -> ObowObjective.weights(vocabulary.level()))
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Map<String, Double> parameters() {
    return Map.of("kappa", settings.kappa());
  }

  @Override
  public Map<String, Tensor> constants(ReleasedModel model) {
    var out = new HashMap<String, Tensor>();
    for (Vocabulary vocabulary : vocabularies) {
      try (Activations weights =
          model
              .network(generator.apply(vocabulary.level()))
              .forward(words(model, vocabulary), Mode.EVAL, false)) {
        out.put(ObowObjective.weights(vocabulary.level()), weights.output().copy());
      }
    }
    return out;
  }

  /** The words that were filled when the release was made; a queue fills from its first row on. */
  private static Tensor words(ReleasedModel model, Vocabulary vocabulary) {
    Tensor queue = model.tensor(vocabulary.wordsName());
    double[] norms = queue.mul(queue).sum(false, 1).toDoubles();
    int filled = norms.length;
    while (filled > 1 && norms[filled - 1] == 0) {
      filled--;
    }
    return queue.slice(0, 0, filled);
  }
}
