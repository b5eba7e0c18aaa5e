package io.millrace.learner.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Watches the monitors for collapse. Used by one thread. */
public final class CollapseGuard {
  private final GuardSettings settings;
  private final int dimension;
  private int rounds;
  private List<String> reasons = List.of();

  /**
   * @param dimension length of the representation's vector
   */
  public CollapseGuard(GuardSettings settings, int dimension) {
    this.settings = settings;
    this.dimension = dimension;
  }

  /**
   * Consumes a round of monitors.
   *
   * @param metrics monitors by name; one that is missing breaks no bound, one that is not finite
   *     does
   * @param loss mean of the latest updates; NaN before the first
   */
  public void see(Map<String, Double> metrics, double loss) {
    var broken = new ArrayList<String>();
    double std = metrics.getOrDefault("featureStd", Double.MAX_VALUE) * Math.sqrt(dimension);
    if (settings.minFeatureStd() > 0 && !(std >= settings.minFeatureStd())) {
      broken.add(
          "featureStd is %.3g of 1/√%d, under %.3g"
              .formatted(std, dimension, settings.minFeatureStd()));
    }
    double rank = metrics.getOrDefault("rankMe", Double.MAX_VALUE);
    if (settings.minRankMe() > 0 && !(rank >= settings.minRankMe())) {
      broken.add("rankMe is %.3g, under %.3g".formatted(rank, settings.minRankMe()));
    }
    if (settings.maxLoss() > 0 && loss > settings.maxLoss()) {
      broken.add("the loss is %.3g, over %.3g".formatted(loss, settings.maxLoss()));
    }
    rounds = broken.isEmpty() ? 0 : rounds + 1;
    reasons = List.copyOf(broken);
  }

  /** Whether no bound was broken when it last looked. */
  public boolean healthy() {
    return rounds == 0;
  }

  /** Whether bounds have been broken for as many rounds as it takes. */
  public boolean collapsed() {
    return rounds >= settings.rounds();
  }

  /** The bounds broken when it last looked, with values. */
  public List<String> reasons() {
    return reasons;
  }

  /** Begins anew, after a roll-back. */
  public void reset() {
    rounds = 0;
    reasons = List.of();
  }
}
