package io.millrace.learner.method;

import io.millrace.learner.augment.Holes;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;

/**
 * Inpainting, the context encoder (Pathak et al. 2016; pathak22/context-encoder) without its
 * adversarial term: what a hole hides is reconstructed from what surrounds it.
 *
 * <pre>
 * w = 1 in the hole, contextWeight around it
 * </pre>
 */
final class InpaintingMethod extends ReconstructionMethod {
  static final String NAME = "inpainting";

  private final InpaintingSettings settings;
  private final Holes holes;

  InpaintingMethod(ModelSettings model, InpaintingSettings settings) {
    super(NAME, model, settings);
    this.settings = settings;
    this.holes = new Holes(settings.holes());
  }

  /** With networks of any kind: to the feature vector, and from it to the image. */
  InpaintingMethod(
      ModelSettings model, NetworkSpec backbone, NetworkSpec decoder, InpaintingSettings settings) {
    super(NAME, model, backbone, decoder, settings);
    this.settings = settings;
    this.holes = new Holes(settings.holes());
  }

  @Override
  Corrupted corrupt(Pass pass, Tensor clean) {
    ImageBatch batch = pass.batch();
    Tensor mask =
        holes.mask(pass.engine(), batch.ids(), settings.view().size(), batch.step(), seed());
    double around = settings.contextWeight();
    return new Corrupted(Holes.cut(clean, mask), mask.mul(1 - around).add(around));
  }
}
