package io.millrace.learner.method.generative;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.FreshNetworks;
import io.millrace.learner.method.step.OptimizerGroup;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.BinaryCrossEntropyObjective;
import io.millrace.learner.optim.Schedule;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Two players, each with an optimizer of its own (Goodfellow et al. 2014). Every step is a turn of
 * the discriminator; after each {@code discriminatorSteps}-th of them the generator has one too, on
 * the same images, against the discriminator as it is by then:
 *
 * <pre>
 *   discriminator ─▶ … ─▶ discriminator ─▶ generator ─┐     turn = counter discriminator.updates
 *         ▲                                           │            mod discriminatorSteps
 *         └───────────────────────────────────────────┘
 * </pre>
 *
 * The step's loss is the discriminator's, the sum of its two cross-entropies; it is at chance level
 * at 2 log 2, where it ends when what is made can't be told from what is real: a skill that falls
 * after it rose is the generator learning. The step's gradient and rate are the discriminator's.
 */
abstract class AdversarialMethod implements Method {
  static final String STUDENT = "student";
  static final String GENERATOR = "generator";

  /** Metric that {@link Game#deceive} records. */
  static final String GENERATOR_LOSS = "generatorLoss";

  final ModelSettings model;
  private final String name;
  private final ViewGroup images;
  private final AdversarialSettings settings;
  private final OptimizerGroup discriminator;
  private final OptimizerGroup generator;
  private final Schedule discriminatorRate;
  private final Schedule generatorRate;

  /**
   * Who plays, by the names of networks in the state.
   *
   * @param discriminator networks of the discriminator
   * @param generator networks that play against it
   */
  record Players(List<String> discriminator, List<String> generator) {}

  AdversarialMethod(
      String name, ModelSettings model, Players players, AdversarialSettings settings) {
    this.name = name;
    this.model = model;
    this.settings = settings;
    this.images = ViewGroup.crops("images", settings.view(), model.preprocessing());
    var optimizer = settings.optimizer();
    this.discriminator =
        new OptimizerGroup("discriminator.updates", players.discriminator(), optimizer);
    this.generator = new OptimizerGroup("generator.updates", players.generator(), optimizer);
    this.discriminatorRate = settings.learningRate().schedule();
    this.generatorRate = settings.generatorLearningRate().schedule();
  }

  /** The networks, the student first. */
  abstract List<NetworkSpec> networks();

  /** Settings that make the model what it is, besides seed, backbone and optimizer. */
  Map<String, ?> architecture() {
    return Map.of(
        "view.size", settings.view().size(),
        "latent", settings.latent(),
        "generatorChannels", settings.generatorChannels());
  }

  /** A step's forward passes through the players, which its turns share. */
  interface Game extends AutoCloseable {
    /** Adds the discriminator's gradients; records loss and metrics. */
    void discriminate(StepContext context);

    /** Adds the generator's gradients against the discriminator as it is now; records its loss. */
    void deceive(StepContext context);

    @Override
    public void close();
  }

  /** Makes images of latents beside the real ones. */
  abstract Game play(StepContext context, Tensor real);

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String representation() {
    return STUDENT;
  }

  @Override
  public final String servedLayer() {
    return model.layer("layer2", networks().get(0));
  }

  @Override
  public final Map<String, String> fixedSettings() {
    return model.fixed(architecture(), settings.optimizer());
  }

  @Override
  public final String settings() {
    return settings.toString();
  }

  @Override
  public final MethodState initialize(Engine engine) {
    var state = new MethodState(engine);
    for (NetworkSpec spec : networks()) {
      if (spec.name().equals(STUDENT)) {
        FreshNetworks.addBackbone(state, spec, model);
      } else {
        Initializer.initialize(engine, state.add(spec.name(), engine.network(spec)), model.seed());
      }
    }
    discriminator.addMemory(state);
    generator.addMemory(state);
    return state;
  }

  @Override
  public final StepReport step(ImageBatch batch, MethodState state) {
    Engine engine = state.engine();
    try (Scope scope = engine.scope();
        StepContext context = new StepContext(batch, state, model.seed(), 1)) {
      double rate = discriminator.rate(state, discriminatorRate, context.images());
      context.onShards(part -> play(part, state, rate));
      context.count("generatorUpdates", generator.updates(state));
      return context.report(rate, Double.NaN);
    } finally {
      engine.stepEnded();
    }
  }

  /**
   * Both turns.
   *
   * @param context of the batch, or of one shard of it
   * @param whole the state with the gradients of the whole batch, once they are settled
   */
  private void play(StepContext context, MethodState whole, double rate) {
    Tensor real = context.view(images);
    context.markPhase("views");
    try (Game game = play(context, real)) {
      game.discriminate(context);
      context.chanceLevel(2 * BinaryCrossEntropyObjective.CHANCE_LEVEL);
      context.requireFiniteLoss();
      Turn turn = context.settled(() -> discriminatorsTurn(whole, rate));
      context.metric("gradientNorm", turn.gradientNorm());
      context.markPhase("optimiser");
      if (turn.generatorIsNext()) {
        answer(game, context, whole, turn.before());
      }
    }
  }

  /**
   * The discriminator's turn.
   *
   * @param gradientNorm a scalar
   * @param before what it changed, where the generator's turn is next
   */
  private record Turn(Tensor gradientNorm, boolean generatorIsNext, List<Tensor> before) {}

  private Turn discriminatorsTurn(MethodState whole, double rate) {
    boolean generatorIsNext =
        (discriminator.updates(whole) + 1) % settings.discriminatorSteps() == 0;
    List<Tensor> before =
        generatorIsNext
            ? discriminator.changing(whole).stream().map(Tensor::copy).toList()
            : List.of();
    return new Turn(discriminator.update(whole, rate).sqrt(), generatorIsNext, before);
  }

  /** The generator's turn; where it comes to nothing, the discriminator's is taken back too. */
  private void answer(Game game, StepContext context, MethodState whole, List<Tensor> before) {
    game.deceive(context);
    context.settled(
        () -> {
          try {
            context.requireFinite(GENERATOR_LOSS, "the generator's loss");
            generator.update(whole, generator.rate(whole, generatorRate, context.images()));
            return true;
          } catch (NonFiniteUpdateException e) {
            List<Tensor> changed = discriminator.changing(whole);
            for (int i = 0; i < before.size(); i++) {
              changed.get(i).copyIn(before.get(i));
            }
            throw e;
          }
        });
    context.markPhase("optimiser");
  }

  /** The generator's images from latents [images, latent], and the way back to its parameters. */
  final class Made implements AutoCloseable {
    private final Activations made;
    private final Tensor pixels;

    Made(StepContext context, Tensor z) {
      made = context.state().network(GENERATOR).forward(z, Mode.TRAIN);
      pixels = normalized(context.engine(), made.output());
    }

    /** The images, as normalized pixels. */
    Tensor pixels() {
      return pixels;
    }

    /** Adds the generator's gradients, of a gradient by the pixels. */
    void backward(StepContext context, Tensor atPixels) {
      made.backward(atPixels.mul(halfRange(context.engine())), false);
    }

    @Override
    public void close() {
      made.close();
    }
  }

  /** Standard normal latents, one for each image of the batch. */
  final Tensor latents(StepContext context) {
    int length = settings.latent();
    int images = context.batch().size();
    double[] z = new double[images * length];
    for (int i = 0; i < images; i++) {
      KeyedRandom random =
          KeyedRandom.of(
              model.seed(), name + ".latents", context.batch().step(), context.firstImage() + i);
      for (int d = 0; d < length; d++) {
        z[i * length + d] = random.nextGaussian();
      }
    }
    return context.engine().tensor(z, images, length);
  }

  /** Half of what normalized pixels range over, [1, 3, 1, 1]. */
  private Tensor halfRange(Engine engine) {
    Preprocessing p = model.preprocessing();
    double[] half = new double[3];
    for (int c = 0; c < half.length; c++) {
      half[c] = 0.5 / p.std().get(c);
    }
    return engine.tensor(half, 1, half.length, 1, 1);
  }

  /** The generator's −1 to 1 as normalized pixels of black to white. */
  private Tensor normalized(Engine engine, Tensor made) {
    Preprocessing p = model.preprocessing();
    double[] gray = new double[3];
    for (int c = 0; c < gray.length; c++) {
      gray[c] = (0.5 - p.mean().get(c)) / p.std().get(c);
    }
    return made.mul(halfRange(engine)).add(engine.tensor(gray, 1, gray.length, 1, 1));
  }
}
