package io.millrace.ops.experiment;

import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.tensor.Engine;
import java.util.List;

/**
 * What every training of a fine-tuning shares.
 *
 * @param classes class names; labels index them
 * @param train labeled training images
 * @param unlabeled all training images, which the auxiliary loss sees
 * @param test held-out images
 */
record FineTuneParts(
    Engine engine,
    LoadedRelease release,
    List<String> classes,
    LabeledImages train,
    ShuffledImages unlabeled,
    LabeledImages test) {}
