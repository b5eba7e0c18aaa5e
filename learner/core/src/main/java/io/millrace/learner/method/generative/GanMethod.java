package io.millrace.learner.method.generative;

import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Decoders;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Generative adversarial network on the stream (DCGAN; Radford et al. 2016). The discriminator is
 * the backbone with a linear head, and its features are the representation:
 *
 * <pre>
 * l(x) = head(student(x)),   z ~ N(0, 1)
 * discriminator: L = bce(l(x), 1) + bce(l(G(z)), 0)      generator: L = bce(l(G(z)), 1)
 * </pre>
 *
 * The discriminator's running statistics are those of real images alone, as it is real ones that it
 * will see (ours). Representation: the student, which is the discriminator without its head.
 */
public final class GanMethod extends AdversarialMethod {
  public static final String NAME = "gan";

  private static final String HEAD = "head";

  private final GanSettings settings;
  private final NetworkSpec backbone;
  private final NetworkSpec generator;

  public GanMethod(ModelSettings model, GanSettings settings) {
    this(
        model,
        model.spec(STUDENT),
        Decoders.generator(
            GENERATOR, settings.latent(), settings.generatorChannels(), settings.view().size()),
        settings);
  }

  /** With networks of any kind: to the feature vector, and from a latent to the image. */
  public GanMethod(
      ModelSettings model, NetworkSpec backbone, NetworkSpec generator, GanSettings settings) {
    super(NAME, model, new Players(List.of(STUDENT, HEAD), List.of(GENERATOR)), settings);
    this.settings = settings;
    this.backbone = backbone;
    this.generator = generator;
  }

  @Override
  public List<NetworkSpec> networks() {
    return List.of(backbone, Heads.linear(HEAD, OutputFeatures.of(backbone), 1), generator);
  }

  @Override
  public Game play(StepContext context, Tensor real) {
    return new Round(real, new Made(context, latents(context)));
  }

  /** One batch of real images and as many made ones. */
  private final class Round implements Game {
    private final Tensor real;
    private final Made made;

    Round(Tensor real, Made made) {
      this.real = real;
      this.made = made;
    }

    @Override
    public void discriminate(StepContext context) {
      try (SequentialPass ofReal = SequentialPass.forward(context.state(), real, STUDENT, HEAD);
          SequentialPass ofFake =
              SequentialPass.forwardAside(context.state(), made.pixels(), STUDENT, HEAD)) {
        context.markPhase("forward");
        LossAndGradients right = DiscriminatorLoss.verdict(context, ofReal.output(), true);
        LossAndGradients wrong = DiscriminatorLoss.verdict(context, ofFake.output(), false);
        context.loss(DiscriminatorLoss.recordMetrics(context, right, wrong));
        context.features(ofReal.output(0));
        context.markPhase("objective");
        ofReal.backward(DiscriminatorLoss.gradient(right));
        ofFake.backward(DiscriminatorLoss.gradient(wrong));
        context.markPhase("backward");
      }
    }

    @Override
    public void deceive(StepContext context) {
      try (SequentialPass ofFake =
          SequentialPass.forwardAside(context.state(), made.pixels(), STUDENT, HEAD)) {
        context.markPhase("forward");
        LossAndGradients verdict = DiscriminatorLoss.verdict(context, ofFake.output(), true);
        context.metric(GENERATOR_LOSS, verdict.loss());
        made.backward(context, ofFake.inputGradient(DiscriminatorLoss.gradient(verdict)));
        context.markPhase("backward");
      }
    }

    @Override
    public void close() {
      made.close();
    }
  }
}
