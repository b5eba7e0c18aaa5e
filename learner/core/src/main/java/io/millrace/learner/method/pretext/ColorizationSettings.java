package io.millrace.learner.method.pretext;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of colorization. Colors are encoded and weighted as the authors do; decoder and rates
 * for small images are ours.
 */
public record ColorizationSettings(
    @Doc("whose colors are guessed from its lightness") ViewSettings view,
    @Doc("side of a bin of the ab plane") @Range(min = 5, max = 60) int grid,
    @Doc("deviation of the soft encoding in units of ab") @Range(over = 0, max = 100) double sigma,
    @Doc("γ, share of the uniform distribution in a color's weight") @Range(over = 0, max = 1)
        double uniformShare,
    @Doc("of the running counts of colors") @Range(min = 0, under = 1) double rarityMomentum,
    @Doc("an image none of whose a or b is farther than this from gray has no part")
        @Range(min = 0, max = 100)
        double grayThreshold,
    @Doc("channels of the decoder") @Range(min = 8, max = 4096) int hidden,
    @Doc("factor between the last stage's map and the map of guesses") @Range(min = 1, max = 16)
        int upsample,
    @Doc("of student and decoder") OptimizerSettings optimizer,
    @Doc("over the steps; 0.05 is for batches of 128") ScheduleSettings learningRate)
    implements LearningSettings {
  public ColorizationSettings {
    Allowed.check(
        ColorizationSettings.class,
        view,
        grid,
        sigma,
        uniformShare,
        rarityMomentum,
        grayThreshold,
        hidden,
        upsample,
        optimizer,
        learningRate);
    Checks.oneView("view", view);
  }

  /** Bins of 10, σ 5, γ 0.5; guesses at a quarter of a 32 pixel image's side, as the authors'. */
  public static ColorizationSettings defaults() {
    return new ColorizationSettings(
        ViewSettings.plain(0.6),
        10,
        5,
        0.5,
        0.999,
        5,
        128,
        2,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
