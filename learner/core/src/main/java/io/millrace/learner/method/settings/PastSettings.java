package io.millrace.learner.method.settings;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.settings.Spelling;

/**
 * An objective against forgetting, added to the method's own: what a small network predicts from
 * the student's features is to point where those of a frozen past copy of the student do (Fini et
 * al. 2022, "Self-supervised models are continual learners", CaSSLe, equation 5). The authors
 * predict projections of augmented views by the method's own loss; here it is features of the image
 * without augmentation (ours), so that every method can carry it. The past copy is in EVAL mode.
 * There is no objective before the first copy is taken.
 */
public record PastSettings(
    @Doc("of the objective; 0 leaves it out") @Range(min = 0, max = 100) double weight,
    @Doc("cosine (2 − 2 · cosine) or contrast (among the images of the batch)") Loss loss,
    @Doc("T of contrast") @Range(over = 0, max = 10) double temperature,
    @Doc("width of the predictor's hidden layer") @Range(min = 8, max = 16384) int hidden,
    @Doc("updates after which the past becomes the present; 0 for never") @Range(min = 0)
        long everyUpdates,
    @Doc("whether it does where the stream has drifted") boolean onDrift,
    @Doc("whether it does where a model is released") boolean onRelease) {
  /** How a prediction of the past is measured. */
  public enum Loss {
    /** 2 − 2 · cosine. */
    COSINE,

    /** InfoNCE among the images of the batch. */
    CONTRAST;

    /** As it is written in configurations and checkpoints. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  public PastSettings {
    Allowed.check(
        PastSettings.class, weight, loss, temperature, hidden, everyUpdates, onDrift, onRelease);
    if (weight > 0 && everyUpdates == 0 && !onDrift && !onRelease) {
      throw new IllegalArgumentException(
          "weight is "
              + weight
              + ": expected 0 where everyUpdates is 0 and neither onDrift nor onRelease is true,"
              + " there would never be a past");
    }
  }

  /** Disabled; CaSSLe's predictor is 2048 wide, this one is for small networks. */
  public static PastSettings defaults() {
    return new PastSettings(0, Loss.COSINE, 0.2, 256, 0, false, false);
  }

  public boolean active() {
    return weight > 0;
  }
}
