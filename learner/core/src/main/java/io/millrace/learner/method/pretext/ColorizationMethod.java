package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.LuminanceFold;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.task.ColorBins;
import io.millrace.learner.augment.task.Downsample;
import io.millrace.learner.augment.task.Lab;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.objective.ColorizationObjective;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Colorization (Zhang et al. 2016): which of the bins of the ab plane has each place, to be told
 * from lightness alone?
 *
 * <pre>
 * y = decoder(last stage of student(L, L, L))                        at h × w places
 * t_hq = softmax_q(−‖ab_h − bin_q‖² / 2σ²),   v_h = rarity of h's color, 0 in gray images
 * L = Σ_h v_h · −Σ_q t_hq log softmax(y_h)_q / Σ_h v_h
 * </pre>
 *
 * The authors keep the five nearest bins of t; the others' share is small here. Lightness stands on
 * three channels, so that serving's colors enter by the same stem; serving's student sees the
 * luminance alone, folded into its first convolution. Representation: the student without its
 * decoder.
 */
public final class ColorizationMethod extends SinglePassMethod {
  public static final String NAME = "colorization";

  private static final String STUDENT = "student";
  private static final String DECODER = "decoder";
  private static final String STAGE = "layer4";

  private final ColorizationSettings settings;
  private final ViewGroup view;
  private final ColorBins bins;
  private final ColorRarity rarity;
  private final ColorizationObjective objective = new ColorizationObjective();

  public ColorizationMethod(ModelSettings model, ColorizationSettings settings) {
    this(model, model.spec(STUDENT), settings);
  }

  /** With a backbone of any kind that taps {@code layer4}, a map. */
  public ColorizationMethod(
      ModelSettings model, NetworkSpec backbone, ColorizationSettings settings) {
    super(NAME, model, backbone, List.of(STUDENT, DECODER), settings);
    if (!backbone.taps().contains(STAGE)) {
      throw new IllegalArgumentException(
          "colorization needs a backbone with a map '"
              + STAGE
              + "' to guess colors from: "
              + model.backbone().architecture()
              + " gives "
              + backbone.taps());
    }
    this.settings = settings;
    var asItIs =
        new Preprocessing(
            model.preprocessing().size(), List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
    this.view = ViewGroup.crops("colorization", settings.view(), asItIs);
    this.bins = ColorBins.of(settings.grid());
    this.rarity = new ColorRarity(bins.count(), settings.uniformShare(), settings.rarityMomentum());
  }

  @Override
  public Map<String, ?> architecture() {
    return Map.of(
        "grid", settings.grid(),
        "hidden", settings.hidden(),
        "upsample", settings.upsample());
  }

  @Override
  public boolean folds() {
    return true;
  }

  /** Luminance in place of lightness: of grays the two differ by a few hundredths. */
  @Override
  public void fold(Network copy, Engine engine) {
    LuminanceFold.into(engine, copy, model().preprocessing());
  }

  @Override
  public void build(MethodState state) {
    add(state, backbone());
    add(
        state,
        Heads.decoder(
            DECODER,
            OutputFeatures.of(backbone(), STAGE),
            settings.hidden(),
            settings.upsample(),
            bins.count()));
    rarity.addTo(state);
  }

  @Override
  public void learn(StepContext context) {
    MethodState state = context.state();
    Tensor lab = Lab.of(context.engine(), context.view(view));
    Tensor lightness = Lab.lightness(context.engine(), lab, model().preprocessing());
    context.markPhase("views");
    try (Activations features = state.network(STUDENT).forward(lightness, Mode.TRAIN);
        Activations guess = state.network(DECODER).forward(features.tap(STAGE), Mode.TRAIN)) {
      context.markPhase("forward");
      Tensor y = guess.output();
      Map<String, Tensor> inputs = inputs(context, y, lab.slice(1, 1, 3));
      LossAndGradients evaluated = context.evaluate(objective, inputs);
      context.loss(evaluated.loss());
      context.chanceLevel(chanceLevel(state, inputs));
      context.metrics(evaluated);
      context.features(features.output());
      context.markPhase("objective");

      Tensor gradient =
          context
              .gradient(evaluated, ColorizationObjective.PREDICTION)
              .reshape(y.size(0), y.size(2), y.size(3), y.size(1))
              .permute(0, 3, 1, 2);
      Tensor atStage = Objects.requireNonNull(guess.backward(gradient, true));
      features.backward(Map.of(STAGE, atStage), false, true);
      context.markPhase("backward");
    }
  }

  /** Guesses, soft-encoded colors and weights of all places; the batch's colors are counted. */
  private Map<String, Tensor> inputs(StepContext context, Tensor y, Tensor ab) {
    MethodState state = context.state();
    Tensor small = Downsample.to(state.engine(), ab, y.size(2), y.size(3));
    Tensor soft =
        BagOfWords.distances(BagOfWords.locations(small), bins.centers(state.engine()))
            .mul(-0.5 / (settings.sigma() * settings.sigma()))
            .softmax(1);
    Tensor colored = colored(state, small);
    rarity.count(context, soft, colored);
    return Map.of(
        ColorizationObjective.PREDICTION, BagOfWords.locations(y),
        ColorizationObjective.TARGET, soft,
        ColorizationObjective.WEIGHT, rarity.weights(state, soft, colored));
  }

  /** 1 at all places of an image with a or b beyond the threshold somewhere, else 0. */
  private Tensor colored(MethodState state, Tensor ab) {
    Tensor threshold = state.engine().zeros(1).add(settings.grayThreshold());
    Tensor image = ab.abs().reshape(ab.size(0), -1).max(true, 1).greater(threshold);
    return state.engine().zeros(ab.size(0), ab.size(2) * ab.size(3)).copyIn(image).reshape(-1, 1);
  }

  /** The loss of guessing the same palette everywhere, the one the stream has shown so far. */
  private Tensor chanceLevel(MethodState state, Map<String, Tensor> inputs) {
    var blind = new HashMap<>(inputs);
    Tensor palette = rarity.palette(state).clamp(1e-30, 1).log();
    blind.computeIfPresent(ColorizationObjective.PREDICTION, (name, y) -> y.mul(0).add(palette));
    return objective.evaluate(blind).loss();
  }
}
