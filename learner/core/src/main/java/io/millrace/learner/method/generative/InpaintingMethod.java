package io.millrace.learner.method.generative;

import io.millrace.learner.augment.task.MaskSampler;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.MeanSquaredErrorObjective;
import io.millrace.learner.tensor.Decoders;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * Inpainting, the context encoder (Pathak et al. 2016; pathak22/context-encoder): what a hole hides
 * is reconstructed from what surrounds it. Where {@code adversary.weight} is over 0, what fills the
 * hole is also to deceive a discriminator D, which sees it in the clean image:
 *
 * <pre>
 * w = 1 in the hole, contextWeight around it;   m = 1 in the hole, 0 around it
 * L = Σ w (x̂ − x)² / Σ w + λ · bce(D(m x̂ + (1 − m) x), 1)
 * </pre>
 *
 * The authors' D sees the hole alone; holes here may be blocks anywhere (ours). See {@link
 * Adversary}.
 */
public final class InpaintingMethod extends ReconstructionMethod {
  public static final String NAME = "inpainting";

  private static final String DISCRIMINATOR = "discriminator";
  private static final String HOLE = "hole";

  private final InpaintingSettings settings;
  private final MaskSampler holes;
  private final Adversary adversary;

  public InpaintingMethod(ModelSettings model, InpaintingSettings settings) {
    super(NAME, model, settings);
    this.settings = settings;
    this.holes = new MaskSampler(settings.holes());
    this.adversary = new Adversary(discriminator(settings), settings.adversary());
  }

  /** With networks of any kind: to the feature vector, and from it to the image. */
  public InpaintingMethod(
      ModelSettings model, NetworkSpec backbone, NetworkSpec decoder, InpaintingSettings settings) {
    this(model, backbone, decoder, discriminator(settings), settings);
  }

  /** And from the image to a logit. */
  public InpaintingMethod(
      ModelSettings model,
      NetworkSpec backbone,
      NetworkSpec decoder,
      NetworkSpec discriminator,
      InpaintingSettings settings) {
    super(NAME, model, backbone, decoder, settings);
    this.settings = settings;
    this.holes = new MaskSampler(settings.holes());
    this.adversary = new Adversary(discriminator, settings.adversary());
  }

  private static NetworkSpec discriminator(InpaintingSettings settings) {
    return Decoders.discriminator(
        DISCRIMINATOR, settings.adversary().channels(), 1, settings.view().size());
  }

  @Override
  public Map<String, ?> architecture() {
    if (!settings.adversary().active()) {
      return super.architecture();
    }
    var all = new HashMap<String, Object>(super.architecture());
    all.put("adversary.channels", settings.adversary().channels());
    all.put("adversary.optimiser.kind", settings.adversary().optimizer().kind().toString());
    return all;
  }

  @Override
  public boolean releases(String network) {
    return !network.equals(DISCRIMINATOR);
  }

  @Override
  public void build(MethodState state) {
    super.build(state);
    if (settings.adversary().active()) {
      adversary.build(state, this);
    }
  }

  @Override
  public Corrupted corrupt(StepContext context, Tensor clean) {
    ImageBatch batch = context.batch();
    Tensor mask =
        holes.mask(context.engine(), batch.ids(), settings.view().size(), batch.step(), seed());
    context.keep(HOLE, mask);
    double around = settings.contextWeight();
    return new Corrupted(MaskSampler.cut(clean, mask), mask.mul(1 - around).add(around));
  }

  @Override
  public Tensor recordMetrics(
      StepContext context, Tensor clean, Tensor reconstruction, LossAndGradients evaluated) {
    Tensor gradient = super.recordMetrics(context, clean, reconstruction, evaluated);
    double lambda = settings.adversary().weight();
    if (lambda == 0) {
      return gradient;
    }
    Tensor mask = context.kept(HOLE);
    Tensor filled = clean.add(reconstruction.sub(clean).mul(mask));
    Adversary.Term term = adversary.face(context, clean, filled);
    context.metric("reconstructionLoss", evaluated.loss());
    context.loss(evaluated.loss().add(term.loss().mul(lambda)));
    context.chanceLevel(
        MeanSquaredErrorObjective.chanceLevel(evaluated).add(lambda * Adversary.CHANCE_LEVEL));
    return gradient.add(context.weighted(term.atMade().mul(mask).mul(lambda)));
  }

  /** The discriminator first, once it is sure that everything else is going to be updated too. */
  @Override
  public void beforeUpdate(StepContext context) {
    if (settings.adversary().active()) {
      trained().requireFinite(context.state());
      adversary.update(context.state());
    }
  }
}
