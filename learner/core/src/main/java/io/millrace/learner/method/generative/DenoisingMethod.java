package io.millrace.learner.method.generative;

import io.millrace.learner.augment.task.PixelNoise;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;

/**
 * Denoising autoencoder (Vincent et al. 2008): the clean image is reconstructed from a noisy one.
 */
public final class DenoisingMethod extends ReconstructionMethod {
  public static final String NAME = "denoising";

  private final PixelNoise noise;

  public DenoisingMethod(ModelSettings model, DenoisingSettings settings) {
    super(NAME, model, settings);
    this.noise = new PixelNoise(settings.noise());
  }

  /** With networks of any kind: to the feature vector, and from it to the image. */
  public DenoisingMethod(
      ModelSettings model, NetworkSpec backbone, NetworkSpec decoder, DenoisingSettings settings) {
    super(NAME, model, backbone, decoder, settings);
    this.noise = new PixelNoise(settings.noise());
  }

  @Override
  public Corrupted corrupt(StepContext context, Tensor clean) {
    ImageBatch batch = context.batch();
    return new Corrupted(
        noise.of(context.engine(), clean, batch.ids(), batch.step(), seed()), null);
  }
}
