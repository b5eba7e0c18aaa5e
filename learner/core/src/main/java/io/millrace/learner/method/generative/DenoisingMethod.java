package io.millrace.learner.method.generative;

import io.millrace.learner.augment.task.PixelNoise;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.Pass;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;

/**
 * Denoising autoencoder (Vincent et al. 2008): the clean image is reconstructed from a noisy one.
 */
final class DenoisingMethod extends ReconstructionMethod {
  static final String NAME = "denoising";

  private final PixelNoise noise;

  DenoisingMethod(ModelSettings model, DenoisingSettings settings) {
    super(NAME, model, settings);
    this.noise = new PixelNoise(settings.noise());
  }

  /** With networks of any kind: to the feature vector, and from it to the image. */
  DenoisingMethod(
      ModelSettings model, NetworkSpec backbone, NetworkSpec decoder, DenoisingSettings settings) {
    super(NAME, model, backbone, decoder, settings);
    this.noise = new PixelNoise(settings.noise());
  }

  @Override
  Corrupted corrupt(Pass pass, Tensor clean) {
    ImageBatch batch = pass.batch();
    return new Corrupted(noise.of(pass.engine(), clean, batch.ids(), batch.step(), seed()), null);
  }
}
