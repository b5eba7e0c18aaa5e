package io.millrace.learner.evaluate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Share of images whose class is told right, in percent.
 *
 * @param top1 the class of the largest logit is right
 * @param top5 the right class is among the five largest; null with fewer than five classes
 */
public record Accuracy(double top1, @Nullable Double top5) {
  private static final int FIVE = 5;

  /**
   * Of logits.
   *
   * @param logits [images · classes], row-major; among equals the earlier class comes first
   */
  public static Accuracy of(float[] logits, int classes, List<Integer> labels) {
    if (logits.length != labels.size() * classes || labels.isEmpty()) {
      throw new IllegalArgumentException(
          logits.length
              + " logits of "
              + classes
              + " classes for "
              + labels.size()
              + " labels: expected as many images");
    }
    int first = 0;
    int five = 0;
    for (int i = 0; i < labels.size(); i++) {
      int rank = rank(logits, i * classes, classes, labels.get(i));
      first += rank == 0 ? 1 : 0;
      five += rank < FIVE ? 1 : 0;
    }
    return new Accuracy(
        100.0 * first / labels.size(), classes < FIVE ? null : 100.0 * five / labels.size());
  }

  /** How many classes come before this one. A logit that is not finite is beaten by all. */
  private static int rank(float[] logits, int at, int classes, int label) {
    float own = logits[at + label];
    int before = 0;
    for (int c = 0; c < classes; c++) {
      float other = logits[at + c];
      boolean ahead = c < label ? !(other < own) : !(other <= own);
      before += c != label && ahead ? 1 : 0;
    }
    return before;
  }
}
