package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * OBoW's loss (Gidaris et al. 2021, equations 2 and 5; valeoai/obow {@code OBoW._bow_loss}): bags
 * of words predicted from each group of crops with weights generated from the vocabulary.
 *
 * <pre>
 * p_gl = softmax(κ · f_g W_lᵀ),   L = Σ_g mean_l mean_i KL(t_l ‖ p_gl)
 * ∂L/∂f_g = κ · Σ_l E_gl W_l,   ∂L/∂W_l = κ · Σ_g E_glᵀ f_g,   E_gl = (p_gl − t_l) / (levels · N_g)
 * </pre>
 *
 * Inputs: {@code features.<group>} f [images · crops, D], the crops of one image adjacent; {@code
 * weights.<level>} W [words, D]; {@code target.<level>} t [images, words], rows of sum 1, a
 * constant. Metrics: {@code loss.<group>}; {@code uninformed}, the loss of a uniform prediction,
 * Σ_g mean_l mean_i KL(t_l ‖ 1/words).
 */
public final class ObowObjective implements Objective {
  /** Metric: the loss of a uniform prediction. */
  public static final String CHANCE_LEVEL = "uninformed";

  private final List<String> groups;
  private final List<String> levels;
  private final double kappa;

  /**
   * @param groups names of the groups of crops
   * @param levels names of the feature levels
   * @param kappa κ, the length of a prediction weight
   */
  public ObowObjective(List<String> groups, List<String> levels, double kappa) {
    this.groups = List.copyOf(groups);
    this.levels = List.copyOf(levels);
    this.kappa = kappa;
  }

  /** Input name of a group's features. */
  public static String features(String group) {
    return "features." + group;
  }

  /** Input name of a level's prediction weights. */
  public static String weights(String level) {
    return "weights." + level;
  }

  /** Input name of a level's bags of words. */
  public static String target(String level) {
    return "target." + level;
  }

  @Override
  public Set<String> inputs() {
    var names = new LinkedHashSet<>(differentiable());
    levels.forEach(level -> names.add(target(level)));
    return names;
  }

  @Override
  public Set<String> differentiable() {
    var names = new LinkedHashSet<String>();
    groups.forEach(group -> names.add(features(group)));
    levels.forEach(level -> names.add(weights(level)));
    return names;
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("obow", inputs);
    var sum = new Sums();
    for (String level : levels) {
      Tensor w = in.matrix(weights(level));
      Tensor t = in.matrix(target(level));
      in.equal("words", w.size(0), weights(level), t.size(1), target(level));
      long images = t.size(0);
      long words = t.size(1);
      Tensor negativeEntropy = t.mul(t.clamp(1e-30, 1).log()).sum(false).mul(1.0 / images);
      Tensor chanceLevel = negativeEntropy.add(Math.log(words)).mul(1.0 / levels.size());
      for (String group : groups) {
        Tensor f = in.matrix(features(group));
        in.equal("columns", f.size(1), features(group), w.size(1), weights(level));
        long rows = f.size(0);
        in.multiple(rows, features(group), images, target(level));
        Tensor logP = f.matmul(w.permute(1, 0)).mul(kappa).logSoftmax(1);
        Tensor perImage = logP.reshape(images, rows / images, words);
        Tensor tPerImage = t.reshape(images, 1, words);
        Tensor crossEntropy = perImage.mul(tPerImage).sum(false).mul(-1.0 / rows);
        Tensor loss = crossEntropy.add(negativeEntropy).mul(1.0 / levels.size());
        Tensor e =
            perImage
                .exp()
                .sub(tPerImage)
                .mul(kappa / (levels.size() * (double) rows))
                .reshape(rows, words);
        sum.add("loss." + group, loss);
        sum.add(CHANCE_LEVEL, chanceLevel);
        sum.add("loss", loss);
        sum.add(features(group), e.matmul(w));
        sum.add(weights(level), e.permute(1, 0).matmul(f));
      }
    }
    var gradients = new HashMap<>(sum.byName);
    var metrics = new HashMap<>(sum.byName);
    gradients.keySet().retainAll(differentiable());
    metrics.keySet().removeAll(differentiable());
    return new LossAndGradients(metrics.remove("loss"), gradients, metrics);
  }

  private static final class Sums {
    final Map<String, Tensor> byName = new HashMap<>();

    void add(String name, Tensor term) {
      byName.merge(name, term, Tensor::add);
    }
  }
}
