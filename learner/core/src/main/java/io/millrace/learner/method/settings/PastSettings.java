package io.millrace.learner.method.settings;

import java.util.List;

/**
 * An objective against forgetting, added to the method's own: what a small network predicts from
 * the student's features is to point where those of a frozen past copy of the student do (Fini et
 * al. 2022, "Self-supervised models are continual learners", CaSSLe, equation 5). The authors
 * predict projections of augmented views by the method's own loss; here it is features of the image
 * without augmentation (ours), so that every method can carry it. The past copy is in EVAL mode.
 * There is no objective before the first copy is taken.
 *
 * @param weight of the objective, 0 to 100; 0 leaves it out
 * @param loss cosine (2 − 2 · cosine) or contrast (among the images of the batch)
 * @param temperature T of contrast, over 0, at most 10
 * @param hidden width of the predictor's hidden layer, 8 to 16384
 * @param everyUpdates updates after which the past becomes the present, 0 or more; 0 for never
 * @param onDrift whether it does where the stream has drifted
 * @param onRelease whether it does where a model is released
 */
public record PastSettings(
    double weight,
    String loss,
    double temperature,
    int hidden,
    long everyUpdates,
    boolean onDrift,
    boolean onRelease) {
  /** 2 − 2 · cosine. */
  public static final String COSINE = "cosine";

  /** InfoNCE among the images of the batch. */
  public static final String CONTRAST = "contrast";

  private static final List<String> LOSSES = List.of(COSINE, CONTRAST);

  public PastSettings {
    Checks.weight("weight", weight, 100);
    if (!LOSSES.contains(loss)) {
      throw new IllegalArgumentException("loss is '" + loss + "': expected one of " + LOSSES);
    }
    Checks.positive("temperature", temperature, 10);
    Checks.width("hidden", hidden);
    if (everyUpdates < 0) {
      throw new IllegalArgumentException(
          "everyUpdates is " + everyUpdates + ": expected 0 or more");
    }
    if (weight > 0 && everyUpdates == 0 && !onDrift && !onRelease) {
      throw new IllegalArgumentException(
          "weight is "
              + weight
              + ": expected 0 where everyUpdates is 0 and neither onDrift nor onRelease is true,"
              + " there would never be a past");
    }
  }

  /** Left out; CaSSLe's predictor is 2048 wide, this one is for small networks. */
  public static PastSettings defaults() {
    return new PastSettings(0, COSINE, 0.2, 256, 0, false, false);
  }

  boolean active() {
    return weight > 0;
  }
}
