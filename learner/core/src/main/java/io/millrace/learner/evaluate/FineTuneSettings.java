package io.millrace.learner.evaluate;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.optim.OptimizerSettings;

/** How a classifier is trained: SGD with a rate that falls to 0 along half a cosine. */
public record FineTuneSettings(
    @Doc("images of one update; all labeled images where they are fewer")
        @Range(min = 2, max = 65_536)
        int batchSize,
    @Doc("first rate of the head") @Range(over = 0, max = 100) double learningRate,
    @Doc("of both") OptimizerSettings optimizer,
    @Doc("what the network sees of an image in training, one view") ViewSettings view,
    @Doc("whether the backbone stays as it is, so that only the head learns") boolean freeze,
    @Doc("the backbone's rate ÷ the head's") @Range(over = 0, max = 100) double backboneRate) {
  public FineTuneSettings {
    Allowed.check(
        FineTuneSettings.class, batchSize, learningRate, optimizer, view, freeze, backboneRate);
    if (view.views() != 1) {
      throw new IllegalArgumentException("view.views is " + view.views() + ": expected 1");
    }
  }

  /**
   * Batches of 64 at 0.05 with momentum 0.9 and weight decay 5e-4; crops of 0.3 to 1 of the area,
   * mirrored or not, in their own colors.
   */
  public static FineTuneSettings defaults() {
    return new FineTuneSettings(
        64, 0.05, OptimizerSettings.defaults(), ViewSettings.plain(0.3), false, 1);
  }

  /** The same with views of another size. */
  public FineTuneSettings withSize(int size) {
    return new FineTuneSettings(
        batchSize, learningRate, optimizer, view.withSize(size), freeze, backboneRate);
  }

  /** The same with a backbone that stays as it is, or not. */
  public FineTuneSettings withFreeze(boolean freeze) {
    return new FineTuneSettings(batchSize, learningRate, optimizer, view, freeze, backboneRate);
  }

  /** The same with a backbone that learns at this share of the head's rate. */
  public FineTuneSettings withBackboneRate(double backboneRate) {
    return new FineTuneSettings(batchSize, learningRate, optimizer, view, freeze, backboneRate);
  }

  /** The same with other batches at another rate. */
  public FineTuneSettings withBatch(int batchSize, double learningRate) {
    return new FineTuneSettings(batchSize, learningRate, optimizer, view, freeze, backboneRate);
  }
}
