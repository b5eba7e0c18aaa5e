package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.StoredImage;
import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.auxiliary.AuxiliaryTrainer;
import io.millrace.learner.auxiliary.JointReport;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.optim.Optimizer;
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
 * Trains a classifier by softmax cross-entropy on labeled images, for a budget of images, alone or
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
  private final Optimizer optimizer;
  private final Map<Network, List<Tensor>> memory = new LinkedHashMap<>();
  private final int batchSize;

  /**
   * @param labeled what is trained on
   * @param seed of order and views
   */
  public ClassifierTrainer(
      Classifier classifier, LabeledImages labeled, FineTuneSettings settings, long seed) {
    this.classifier = classifier;
    this.settings = settings;
    this.seed = seed;
    this.view = ViewGroup.crops("task", settings.view(), classifier.view().preprocessing());
    List<StoredImage> numbered = new ArrayList<>();
    for (int i = 0; i < labeled.size(); i++) {
      numbered.add(labeled.stored().get(i).withId(Integer.toString(i)));
      labels.put(Integer.toString(i), labeled.labels().get(i));
    }
    this.images = new ShuffledImages(numbered, seed);
    this.batchSize = Math.min(settings.batchSize(), labeled.size());
    this.optimizer = settings.optimizer().optimizer();
    remember(classifier.head());
    if (!settings.freeze()) {
      remember(classifier.backbone());
    }
  }

  private void remember(Network network) {
    memory.put(
        network,
        optimizer.memory().stream()
            .map(slot -> classifier.engine().zeros(network.layout().parameterCount()))
            .toList());
  }

  /**
   * Trains.
   *
   * @param budget labeled images to see, rounded up to whole batches
   * @param auxiliary a loss on the same backbone; null for none
   * @param unlabeled what the auxiliary loss sees; null without one
   * @param clock the time training takes
   * @param progress told the share that is done
   * @throws IllegalStateException when a loss is not finite
   */
  public TrainingOutcome run(
      long budget,
      @Nullable AuxiliaryTrainer auxiliary,
      @Nullable ShuffledImages unlabeled,
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
      TrainingOutcome.Point point = step(step, steps, auxiliary, unlabeled);
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
      @Nullable AuxiliaryTrainer auxiliary,
      @Nullable ShuffledImages unlabeled) {
    Engine engine = classifier.engine();
    ImageBatch batch = images.batch(step, batchSize);
    double rate = CosineSchedule.cosine(settings.learningRate(), step, steps);
    try (var scope = engine.scope();
        Tensor x =
            view.of(engine, new PixelBatch(engine, batch.images()), batch.ids(), step, seed)) {
      Tensor targets =
          OneHot.of(
              engine,
              batch.ids().stream().map(id -> Objects.requireNonNull(labels.get(id))).toList(),
              classifier.classes());
      if (auxiliary != null && unlabeled != null) {
        JointReport report =
            auxiliary.step(
                unlabeled.batch(step, settings.batchSize()),
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
          optimizer.update(
              network.parameters(), network.gradients(), slots, network.layout(), own, step);
          network.clearGradients();
        });
  }

  @Override
  public void close() {
    memory.values().forEach(slots -> slots.forEach(Tensor::close));
  }
}
