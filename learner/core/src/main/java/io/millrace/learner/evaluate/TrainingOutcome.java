package io.millrace.learner.evaluate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a classifier's training went.
 *
 * @param steps updates
 * @param images labeled images seen, again and again
 * @param seconds time of training
 * @param log losses over the updates, 100 points at most
 */
public record TrainingOutcome(long steps, long images, double seconds, List<Point> log) {
  public TrainingOutcome {
    log = List.copyOf(log);
  }

  /**
   * One update.
   *
   * @param taskLoss cross-entropy in nats
   * @param auxiliaryLoss self-supervised loss without its weight; null without one
   * @param cosine between the two losses' gradients on the backbone; null without one
   */
  public record Point(
      long step, double taskLoss, @Nullable Double auxiliaryLoss, @Nullable Double cosine) {}
}
