package io.millrace.learner.evaluate;

import io.millrace.learner.tensor.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Measures each layer of a network that could represent images. */
public final class LayerProbe {
  private LayerProbe() {}

  /**
   * Of every stage by itself, of each but the last beside the output, and of the output.
   *
   * @param trained the whole network, with what its method folds into it
   * @param untrained the same network before the first update
   */
  public static List<LayerMetrics> of(FrozenProbe probe, Network trained, Network untrained) {
    Map<String, FrozenProbe.Frozen> before = probe.seeLayers(untrained);
    var out = new ArrayList<LayerMetrics>();
    probe
        .seeLayers(trained)
        .forEach(
            (layer, seen) -> {
              ProbeMetrics metrics = seen.metrics();
              out.add(
                  new LayerMetrics(
                      layer,
                      seen.dim(),
                      metrics.knn(),
                      seen.ofWhitened(layer, FrozenProbe.Frozen::knn),
                      metrics.linear(),
                      Objects.requireNonNull(before.get(layer)).knn()));
            });
    return out;
  }
}
