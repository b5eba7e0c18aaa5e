package io.millrace.ops.experiment;

import io.millrace.learner.evaluate.FineTuneSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What fine-tuning trains.
 *
 * @param fractions shares of the labels
 * @param epochs passes over the labeled images; null for a number of images
 * @param budgetImages labeled images that each training sees
 * @param settings of each training
 * @param auxiliary method of the auxiliary loss; null for none
 * @param weight λ
 * @param seeds trainings of each kind
 * @param seed the first seed
 * @param trainImages training images at most
 * @param testImages held-out images at most
 * @param publish model to publish as; null for none
 */
public record FineTunePlan(
    List<Double> fractions,
    @Nullable Integer epochs,
    long budgetImages,
    FineTuneSettings settings,
    @Nullable String auxiliary,
    double weight,
    int seeds,
    long seed,
    long trainImages,
    long testImages,
    @Nullable String publish) {

  /** Trainings in all. */
  int trainings() {
    return fractions.size() * seeds * (auxiliary == null ? 2 : 4);
  }

  /** Labeled images that a training on so many sees, again and again. */
  long budget(int labels) {
    Integer passes = epochs;
    return passes == null ? budgetImages : (long) passes * labels;
  }
}
