package io.millrace.learner.loop;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import java.util.OptionalLong;

/**
 * How many updates a batch of the stream gets while the learner is behind. With a lag up to {@code
 * lowLag} it gets {@code updatesPerBatch}, from {@code highLag} on {@code minUpdatesPerBatch},
 * between them in proportion. The decision is made once for each batch, and a checkpoint keeps what
 * is left of it; but as it depends on the lag, two runs over one log may differ.
 */
public record BudgetSettings(
    @Doc(
            "fewest updates of a batch, at most updatesPerBatch; 0 for always "
                + "updatesPerBatch, whatever the lag")
        @Range(min = 0, max = 1000)
        int minUpdatesPerBatch,
    @Doc("images behind up to which nothing is saved") @Range(min = 0) long lowLag,
    @Doc("images behind from which on as much as possible is saved, over lowLag") @Range(min = 1)
        long highLag) {
  public BudgetSettings {
    Allowed.check(BudgetSettings.class, minUpdatesPerBatch, lowLag, highLag);
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
