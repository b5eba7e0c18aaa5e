package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.auxiliary.AuxiliaryLoss;
import io.millrace.learner.auxiliary.JointReport;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.optim.Optimiser;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Trains a classifier by softmax cross-entropy on labelled images, for a budget of images, alone or
 * with a self-supervised loss beside it. Order and views are drawn from the seed: the same budget
 * gives the same classifier.
 */
public final class ClassifierTrainer implements AutoCloseable {
  private static final int POINTS = 100;

  private final Classifier classifier;
  private final FineTuneSettings settings;
  private final long seed;
  private final ViewGroup view;
  private final ShuffledImages images;
  private final Map<String, Integer> labels = new HashMap<>();
  private final Optimiser optimiser;
  private final Map<Network, List<Tensor>> memory = new LinkedHashMap<>();
  private final int batchSize;

  /**
   * @param labelled what is trained on
   * @param seed of order and views
   */
  public ClassifierTrainer(
      Classifier classifier, LabelledImages labelled, FineTuneSettings settings, long seed) {
    this.classifier = classifier;
    this.settings = settings;
    this.seed = seed;
    this.view = ViewGroup.crops("task", settings.view(), classifier.view().preprocessing());
    List<IdentifiedImage> numbered = new ArrayList<>();
    for (int i = 0; i < labelled.size(); i++) {
      numbered.add(new IdentifiedImage(Integer.toString(i), labelled.images().get(i)));
      labels.put(Integer.toString(i), labelled.labels().get(i));
    }
    this.images = new ShuffledImages(numbered, seed);
    this.batchSize = Math.min(settings.batchSize(), labelled.size());
    this.optimiser = settings.optimiser().optimiser();
    remember(classifier.head());
    if (!settings.freeze()) {
      remember(classifier.backbone());
    }
  }

  private void remember(Network network) {
    memory.put(
        network,
        optimiser.memory().stream()
            .map(slot -> classifier.engine().zeros(network.layout().parameterCount()))
            .toList());
  }

  /**
   * Trains.
   *
   * @param budget labelled images to see, rounded up to whole batches
   * @param auxiliary a loss on the same backbone; null for none
   * @param unlabelled what the auxiliary loss sees; null without one
   * @param clock the time training takes
   * @param progress told the share that is done
   * @throws IllegalStateException when a loss is no number
   */
  public TrainingOutcome run(
      long budget,
      @Nullable AuxiliaryLoss auxiliary,
      @Nullable ShuffledImages unlabelled,
      InstantSource clock,
      DoubleConsumer progress) {
    if (budget < 1) {
      throw new IllegalArgumentException("budget is " + budget + ": expected 1 or more");
    }
    long steps = (budget + batchSize - 1) / batchSize;
    long every = Math.max(1, steps / POINTS);
    List<TrainingOutcome.Point> log = new ArrayList<>();
    long started = clock.millis();
    for (long step = 0; step < steps; step++) {
      TrainingOutcome.Point point = step(step, steps, auxiliary, unlabelled);
      if (!Double.isFinite(point.taskLoss())) {
        throw new IllegalStateException(
            "the task's loss at update " + step + " is " + point.taskLoss());
      }
      if (step % every == 0 || step == steps - 1) {
        log.add(point);
      }
      progress.accept((step + 1.0) / steps);
    }
    return new TrainingOutcome(steps, steps * batchSize, (clock.millis() - started) / 1000.0, log);
  }

  private TrainingOutcome.Point step(
      long step,
      long steps,
      @Nullable AuxiliaryLoss auxiliary,
      @Nullable ShuffledImages unlabelled) {
    Engine engine = classifier.engine();
    ImageBatch batch = images.batch(step, batchSize);
    double rate = Horizon.cosine(settings.learningRate(), step, steps);
    try (var scope = engine.scope();
        Tensor x =
            view.of(engine, new PixelBatch(engine, batch.images()), batch.ids(), step, seed)) {
      Tensor targets =
          OneHot.of(
              engine,
              batch.ids().stream().map(id -> Objects.requireNonNull(labels.get(id))).toList(),
              classifier.classes());
      if (auxiliary != null && unlabelled != null) {
        JointReport report =
            auxiliary.step(
                unlabelled.batch(step, settings.batchSize()),
                backbone -> accumulate(backbone, x, targets),
                backbone -> update(rate, step));
        return new TrainingOutcome.Point(
            step, report.taskLoss(), report.auxiliaryLoss(), report.cosine());
      }
      Tensor loss = accumulate(classifier.backbone(), x, targets);
      update(rate, step);
      return new TrainingOutcome.Point(step, loss.item(), null, null);
    } finally {
      engine.stepEnded();
    }
  }

  private Tensor accumulate(Network backbone, Tensor x, Tensor targets) {
    try (Activations features = backbone.forward(x, settings.freeze() ? Mode.EVAL : Mode.TRAIN)) {
      HeadLoss loss =
          HeadLoss.accumulate(classifier.head(), features.output(), targets, !settings.freeze());
      Tensor gradient = loss.features();
      if (gradient != null) {
        features.backward(gradient, false);
      }
      return loss.loss();
    }
  }

  private void update(double rate, long step) {
    memory.forEach(
        (network, slots) -> {
          double own = network == classifier.head() ? rate : rate * settings.backboneRate();
          optimiser.update(
              network.parameters(), network.gradients(), slots, network.layout(), own, step);
          network.clearGradients();
        });
  }

  @Override
  public void close() {
    memory.values().forEach(slots -> slots.forEach(Tensor::close));
  }
}
