package io.millrace.learner.loop;

import java.util.OptionalLong;

/**
 * How many updates a batch of the stream gets while the learner is behind. With a lag up to {@code
 * lowLag} it gets {@code updatesPerBatch}, from {@code highLag} on {@code minUpdatesPerBatch},
 * between them in proportion. The decision is made once for each batch, and a checkpoint keeps what
 * is left of it; but as it depends on the lag, two runs over one log may differ.
 *
 * @param minUpdatesPerBatch fewest updates of a batch, at most updatesPerBatch; 0 for always
 *     updatesPerBatch, whatever the lag
 * @param lowLag images behind up to which nothing is saved
 * @param highLag images behind from which on as much as possible is saved, over lowLag
 */
public record BudgetSettings(int minUpdatesPerBatch, long lowLag, long highLag) {
  public BudgetSettings {
    if (minUpdatesPerBatch < 0 || minUpdatesPerBatch > 1000) {
      throw new IllegalArgumentException(
          "minUpdatesPerBatch is " + minUpdatesPerBatch + ": expected 0 to 1000");
    }
    if (lowLag < 0) {
      throw new IllegalArgumentException("lowLag is " + lowLag + ": expected 0 or more");
    }
    if (highLag <= lowLag) {
      throw new IllegalArgumentException(
          "highLag is " + highLag + ": expected over lowLag (" + lowLag + ")");
    }
  }

  /** The same number of updates for every batch. */
  public static BudgetSettings defaults() {
    return new BudgetSettings(0, 1_000, 10_000);
  }

  /**
   * Updates of a batch.
   *
   * @param most updatesPerBatch
   * @param lag images behind; where it is unknown the batch gets {@code most}
   */
  int updates(int most, OptionalLong lag) {
    if (minUpdatesPerBatch == 0 || lag.isEmpty() || lag.getAsLong() <= lowLag) {
      return most;
    }
    double behind = Math.min(1, (double) (lag.getAsLong() - lowLag) / (highLag - lowLag));
    return (int) Math.round(most - behind * (most - minUpdatesPerBatch));
  }
}
