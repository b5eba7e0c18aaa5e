package io.millrace.learner.evaluate;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;

/** One set of held-out labeled images, asked about again and again while a network learns. */
public final class KnnProbe {
  private final Engine engine;
  private final FeatureExtractor extractor;
  private final ProbeImages images;
  private final Knn knn;
  private final double raw;
  private final double untrained;

  /**
   * Measures the baselines at once.
   *
   * @param untrained the network with its initial weights; not kept
   */
  public KnnProbe(
      Engine engine, EvalView view, ProbeImages all, ProbeSettings settings, Network untrained) {
    this.engine = engine;
    this.extractor = new FeatureExtractor(engine, view);
    this.images =
        new ProbeImages(all.bank().first(settings.bank()), all.queries().first(settings.queries()));
    this.knn = Knn.majority(settings.k());
    this.raw =
        accuracy(
            extractor.pixels(images.bank().images()), extractor.pixels(images.queries().images()));
    this.untrained = accuracy(untrained);
  }

  /** The metrics with the network as it is now. */
  public KnnMetrics metrics(Network network) {
    return new KnnMetrics(raw, untrained, accuracy(network));
  }

  private double accuracy(Network network) {
    return accuracy(
        extractor.features(network, images.bank().images()),
        extractor.features(network, images.queries().images()));
  }

  private double accuracy(Features bank, Features queries) {
    return knn.accuracy(engine, bank, images.bank().labels(), queries, images.queries().labels());
  }
}
