package io.millrace.learner.evaluate;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;

/** kNN and linear probe of networks on one set of labelled images. */
public final class FrozenProbe {
  private static final Knn WEIGHTED = new Knn(200, 0.1);

  private final Engine engine;
  private final FeatureExtractor extractor;
  private final ProbeImages images;
  private final Knn knn;
  private final LinearProbe linear;

  /**
   * @param k neighbours of the majority vote
   * @param seed of the linear probe's order
   */
  public FrozenProbe(
      Engine engine,
      EvalView view,
      ProbeImages images,
      int k,
      LinearProbeSettings settings,
      long seed) {
    this.engine = engine;
    this.extractor = new FeatureExtractor(engine, view);
    this.images = images;
    this.knn = Knn.majority(k);
    this.linear = new LinearProbe(engine, settings, seed);
  }

  /** Of a network's features. */
  public ProbeFigures of(Network network) {
    return of(
        extractor.features(network, images.bank().images()),
        extractor.features(network, images.queries().images()));
  }

  /** Of raw pixels. */
  public ProbeFigures ofPixels() {
    return of(
        extractor.pixels(images.bank().images()), extractor.pixels(images.queries().images()));
  }

  private ProbeFigures of(Features bank, Features queries) {
    Accuracy probed =
        linear.accuracy(bank, images.bank().labels(), queries, images.queries().labels());
    return new ProbeFigures(
        knn.accuracy(engine, bank, images.bank().labels(), queries, images.queries().labels()),
        WEIGHTED.accuracy(engine, bank, images.bank().labels(), queries, images.queries().labels()),
        probed.top1(),
        probed.top5());
  }
}
