package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of colorization. Colours are encoded and weighted as the authors do; decoder and rates
 * for small images are ours.
 *
 * @param view whose colours are guessed from its lightness
 * @param grid side of a bin of the ab plane, 5 to 60
 * @param sigma deviation of the soft encoding in units of ab, over 0
 * @param uniformShare γ, share of the uniform distribution in a colour's weight, over 0, at most 1
 * @param rarityMomentum of the running counts of colours, 0 up to but not 1
 * @param greyThreshold an image none of whose a or b is farther than this from grey has no part, 0
 *     to 100
 * @param hidden channels of the decoder, 8 to 4096
 * @param upsample factor between the last stage's map and the map of guesses, 1 to 16
 * @param optimiser of student and decoder
 * @param learningRate over the steps; 0.05 is for batches of 128
 */
public record ColorizationSettings(
    ViewSettings view,
    int grid,
    double sigma,
    double uniformShare,
    double rarityMomentum,
    double greyThreshold,
    int hidden,
    int upsample,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements LearningSettings {
  public ColorizationSettings {
    Checks.oneView("view", view);
    Checks.whole("grid", grid, 5, 60);
    Checks.positive("sigma", sigma, 100);
    Checks.positive("uniformShare", uniformShare, 1);
    Checks.momentum("rarityMomentum", rarityMomentum);
    Checks.weight("greyThreshold", greyThreshold, 100);
    Checks.whole("hidden", hidden, 8, 4096);
    Checks.whole("upsample", upsample, 1, 16);
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
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
