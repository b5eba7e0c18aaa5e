package io.millrace.learner.compare;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.AnnealSettings;

/** How methods are compared. */
public record ComparisonSettings(
    @Doc("what each may spend") Budget budget,
    @Doc("images of one update") @Range(min = 2) int batchSize,
    @Doc("neighbors of the kNN metric") int k,
    @Doc("the linear probe") LinearProbeSettings linear,
    @Doc("images of the monitors' two sets") MonitorSettings monitor,
    @Doc("of the linear probe's order") long seed,
    @Doc(
            "the budget's last updates, as many as this says, which the rate falls to 0 over, on "
                + "images seen before: what an annealed release would come to at the same compute")
        AnnealSettings anneal,
    @Doc("parts of an update that have their own batch statistics") @Range(min = 1) int shards,
    @Doc("how often accuracy is measured on the way, evenly over the budget") @Range(min = 0)
        int probes,
    @Doc("whether each layer of the network is measured at the end") boolean layers) {
  public ComparisonSettings {
    Allowed.check(
        ComparisonSettings.class,
        budget,
        batchSize,
        k,
        linear,
        monitor,
        seed,
        anneal,
        shards,
        probes,
        layers);
  }

  /** At the full rate to the end, in one shard, measured at the end. */
  public ComparisonSettings(
      Budget budget,
      int batchSize,
      int k,
      LinearProbeSettings linear,
      MonitorSettings monitor,
      long seed) {
    this(budget, batchSize, k, linear, monitor, seed, AnnealSettings.none(), 1, 0, false);
  }
}
