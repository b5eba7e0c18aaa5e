package io.millrace.learner.method.generative;

import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;

/**
 * Autoencoder (Hinton and Salakhutdinov 2006): the image is squeezed through the feature vector and
 * reconstructed from it.
 */
public final class AutoencoderMethod extends ReconstructionMethod {
  public static final String NAME = "autoencoder";

  public AutoencoderMethod(ModelSettings model, AutoencoderSettings settings) {
    super(NAME, model, settings);
  }

  /** With networks of any kind: to the feature vector, and from it to the image. */
  public AutoencoderMethod(
      ModelSettings model,
      NetworkSpec backbone,
      NetworkSpec decoder,
      AutoencoderSettings settings) {
    super(NAME, model, backbone, decoder, settings);
  }

  @Override
  public Corrupted corrupt(StepContext context, Tensor clean) {
    return new Corrupted(clean, null);
  }
}
