package io.millrace.learner.method;

import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Decoders;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;

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
final class GanMethod extends AdversarialMethod {
  static final String NAME = "gan";

  private static final String HEAD = "head";

  private final GanSettings settings;
  private final NetworkSpec backbone;
  private final NetworkSpec generator;

  GanMethod(ModelSettings model, GanSettings settings) {
    this(
        model,
        model.backbone().spec(STUDENT, model.preprocessing().size()),
        Decoders.generator(
            GENERATOR, settings.latent(), settings.generatorChannels(), settings.view().size()),
        settings);
  }

  /** With networks of any kind: to the feature vector, and from a latent to the image. */
  GanMethod(
      ModelSettings model, NetworkSpec backbone, NetworkSpec generator, GanSettings settings) {
    super(
        NAME,
        model,
        new Players(List.of(STUDENT, HEAD), List.of(GENERATOR)),
        settings.view(),
        settings.discriminatorSteps(),
        settings.optimiser(),
        settings.learningRate(),
        settings.generatorLearningRate());
    this.settings = settings;
    this.backbone = backbone;
    this.generator = generator;
  }

  @Override
  List<NetworkSpec> networks() {
    return List.of(backbone, Heads.linear(HEAD, OutputFeatures.of(backbone), 1), generator);
  }

  @Override
  Map<String, String> architecture() {
    return Map.of(
        "view.size", Integer.toString(settings.view().size()),
        "latent", Integer.toString(settings.latent()),
        "generatorChannels", Integer.toString(settings.generatorChannels()));
  }

  @Override
  public String settings() {
    return settings.toString();
  }

  @Override
  Game play(Pass pass, Tensor real) {
    Tensor z = latents(pass, settings.latent());
    Activations made = pass.state().network(GENERATOR).forward(z, Mode.TRAIN);
    return new Round(real, made, pixels(pass.engine(), made.output()));
  }

  /** One batch of real images and as many made ones. */
  private final class Round implements Game {
    private final Tensor real;
    private final Activations made;
    private final Tensor fake;

    Round(Tensor real, Activations made, Tensor fake) {
      this.real = real;
      this.made = made;
      this.fake = fake;
    }

    @Override
    public void discriminate(Pass pass) {
      try (Chain ofReal = Chain.forward(pass.state(), real, STUDENT, HEAD);
          Chain ofFake = Chain.forwardAside(pass.state(), fake, STUDENT, HEAD)) {
        pass.lap("forward");
        LossAndGradients right = verdict(ofReal.output(), true);
        LossAndGradients wrong = verdict(ofFake.output(), false);
        book(pass, right, wrong);
        pass.features(ofReal.output(0));
        pass.lap("objective");
        ofReal.backward(gradient(pass, right));
        ofFake.backward(gradient(pass, wrong));
        pass.lap("backward");
      }
    }

    @Override
    public void deceive(Pass pass) {
      try (Chain ofFake = Chain.forwardAside(pass.state(), fake, STUDENT, HEAD)) {
        pass.lap("forward");
        LossAndGradients verdict = verdict(ofFake.output(), true);
        pass.figure(GENERATOR_LOSS, verdict.loss());
        Tensor atFake = ofFake.inputGradient(gradient(pass, verdict));
        made.backward(atFake.mul(halfRange(pass.engine())), false);
        pass.lap("backward");
      }
    }

    @Override
    public void close() {
      made.close();
    }
  }
}
