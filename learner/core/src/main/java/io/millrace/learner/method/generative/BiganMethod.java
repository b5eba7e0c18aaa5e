package io.millrace.learner.method.generative;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SequentialPass;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Decoders;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Bidirectional GAN (Donahue et al. 2017). An encoder E turns images into latents as the generator
 * turns latents into images; the discriminator sees pairs, and can be deceived only by an E that
 * inverts G:
 *
 * <pre>
 * E(x) = encoderHead(student(x)),   l(x, z) = joint(discriminator(x) ‖ z),   z ~ N(0, 1)
 * discriminator: L = bce(l(x, E(x)), 1) + bce(l(G(z), z), 0)
 * E and G:       L = bce(l(x, E(x)), 0) + bce(l(G(z), z), 1)
 * </pre>
 *
 * Representation: the student, which is the encoder without its head.
 */
public final class BiganMethod extends AdversarialMethod {
  public static final String NAME = "bigan";

  private static final String ENCODER_HEAD = "encoderHead";
  private static final String DISCRIMINATOR = "discriminator";
  private static final String JOINT = "joint";

  private final BiganSettings settings;
  private final NetworkSpec backbone;
  private final NetworkSpec generator;
  private final NetworkSpec discriminator;

  public BiganMethod(ModelSettings model, BiganSettings settings) {
    this(
        model,
        model.spec(STUDENT),
        Decoders.generator(
            GENERATOR, settings.latent(), settings.generatorChannels(), settings.view().size()),
        Decoders.discriminator(
            DISCRIMINATOR,
            settings.generatorChannels(),
            settings.jointHidden(),
            settings.view().size()),
        settings);
  }

  /** With networks of any kind; the discriminator's turns images into features. */
  public BiganMethod(
      ModelSettings model,
      NetworkSpec backbone,
      NetworkSpec generator,
      NetworkSpec discriminator,
      BiganSettings settings) {
    super(
        NAME,
        model,
        new Players(List.of(DISCRIMINATOR, JOINT), List.of(STUDENT, ENCODER_HEAD, GENERATOR)),
        settings);
    this.settings = settings;
    this.backbone = backbone;
    this.generator = generator;
    this.discriminator = discriminator;
  }

  @Override
  public List<NetworkSpec> networks() {
    int pair = OutputFeatures.of(discriminator) + settings.latent();
    return List.of(
        backbone,
        Heads.linear(ENCODER_HEAD, OutputFeatures.of(backbone), settings.latent()),
        generator,
        discriminator,
        Heads.leaky(JOINT, pair, settings.jointHidden(), 1));
  }

  @Override
  public Map<String, ?> architecture() {
    var all = new HashMap<String, Object>(super.architecture());
    all.put("jointHidden", settings.jointHidden());
    return all;
  }

  @Override
  public Game play(StepContext context, Tensor real) {
    return new Round(context, real, latents(context));
  }

  /** Pairs of a batch of real images with their codes, and of latents with what is made of them. */
  private final class Round implements Game {
    private final Tensor real;
    private final Tensor z;
    private final Made made;
    private final SequentialPass encoded;

    Round(StepContext context, Tensor real, Tensor z) {
      this.real = real;
      this.z = z;
      made = new Made(context, z);
      encoded = SequentialPass.forward(context.state(), real, STUDENT, ENCODER_HEAD);
    }

    @Override
    public void discriminate(StepContext context) {
      try (Pair ofReal = new Pair(context, real, encoded.output());
          Pair ofFake = new Pair(context, made.pixels(), z)) {
        context.markPhase("forward");
        LossAndGradients right = DiscriminatorLoss.verdict(context, ofReal.logits(), true);
        LossAndGradients wrong = DiscriminatorLoss.verdict(context, ofFake.logits(), false);
        context.loss(DiscriminatorLoss.recordMetrics(context, right, wrong));
        context.features(encoded.output(0));
        context.markPhase("objective");
        ofReal.learn(DiscriminatorLoss.gradient(right));
        ofFake.learn(DiscriminatorLoss.gradient(wrong));
        context.markPhase("backward");
      }
    }

    @Override
    public void deceive(StepContext context) {
      try (Pair ofReal = new Pair(context, real, encoded.output());
          Pair ofFake = new Pair(context, made.pixels(), z)) {
        context.markPhase("forward");
        LossAndGradients encoder = DiscriminatorLoss.verdict(context, ofReal.logits(), false);
        LossAndGradients maker = DiscriminatorLoss.verdict(context, ofFake.logits(), true);
        context.metric(GENERATOR_LOSS, encoder.loss().add(maker.loss()));
        encoded.backward(ofReal.byLatent(DiscriminatorLoss.gradient(encoder)));
        made.backward(context, ofFake.byImage(DiscriminatorLoss.gradient(maker)));
        context.markPhase("backward");
      }
    }

    @Override
    public void close() {
      encoded.close();
      made.close();
    }
  }

  /** The discriminator on images and latents side by side. */
  private static final class Pair implements AutoCloseable {
    private final Activations image;
    private final Activations joint;
    private final long features;

    Pair(StepContext context, Tensor images, Tensor latents) {
      MethodState state = context.state();
      image = state.network(DISCRIMINATOR).forward(images, Mode.TRAIN);
      features = image.output().size(1);
      Tensor pairs = context.engine().concat(1, List.of(image.output(), latents));
      joint = state.network(JOINT).forward(pairs, Mode.TRAIN);
    }

    Tensor logits() {
      return joint.output();
    }

    /** Adds to the gradients of the discriminator's parameters. */
    void learn(Tensor gradient) {
      Tensor atPair = Objects.requireNonNull(joint.backward(gradient, true));
      image.backward(atPair.slice(1, 0, features).copy(), false);
    }

    /** The derivative by the latents alone. */
    Tensor byLatent(Tensor gradient) {
      Tensor atPair = atPair(gradient);
      return atPair.slice(1, features, atPair.size(1)).copy();
    }

    /** The derivative by the images alone. */
    Tensor byImage(Tensor gradient) {
      Tensor atFeatures = atPair(gradient).slice(1, 0, features).copy();
      return Objects.requireNonNull(
          image.backward(Map.of(Activations.OUTPUT, atFeatures), true, false));
    }

    private Tensor atPair(Tensor gradient) {
      return Objects.requireNonNull(
          joint.backward(Map.of(Activations.OUTPUT, gradient), true, false));
    }

    @Override
    public void close() {
      joint.close();
      image.close();
    }
  }
}
