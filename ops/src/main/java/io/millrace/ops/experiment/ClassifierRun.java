package io.millrace.ops.experiment;

import io.millrace.learner.auxiliary.AuxiliaryTrainer;
import io.millrace.learner.evaluate.Accuracy;
import io.millrace.learner.evaluate.Classifier;
import io.millrace.learner.evaluate.ClassifierTrainer;
import io.millrace.learner.evaluate.FineTuneSettings;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.TrainingOutcome;
import io.millrace.learner.method.Method;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Network;
import io.millrace.ops.experiment.FineTuneReport.Run;
import io.millrace.ops.experiment.FineTuneReport.Start;
import java.time.InstantSource;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/** One classifier, trained from a release or from scratch, with or without an auxiliary loss. */
final class ClassifierRun implements AutoCloseable {
  private final FineTunePlan plan;
  private final FineTuneParts parts;
  private final LabeledImages labeled;
  private final Start start;
  private final long seed;
  private final @Nullable AuxiliaryTrainer auxiliary;
  private final @Nullable Network own;
  private final Classifier classifier;

  /**
   * @param labeled what is trained on
   * @param method of the auxiliary loss; null for none
   */
  ClassifierRun(
      FineTunePlan plan,
      FineTuneParts parts,
      LabeledImages labeled,
      Start start,
      @Nullable Method method,
      long seed) {
    this.plan = plan;
    this.parts = parts;
    this.labeled = labeled;
    this.start = start;
    this.seed = seed;
    Network released = parts.release().network();
    Network backbone;
    if (method != null) {
      var loss = new AuxiliaryTrainer(parts.engine(), method, plan.weight());
      if (start == Start.RELEASE) {
        loss.startFrom(released);
      }
      backbone = loss.backbone();
      auxiliary = loss;
      own = null;
    } else {
      backbone = parts.engine().network(released.spec());
      if (start == Start.RELEASE) {
        backbone.parameters().copyIn(released.parameters());
        backbone.statistics().copyIn(released.statistics());
      } else {
        Initializer.initialize(parts.engine(), backbone, seed);
      }
      auxiliary = null;
      own = backbone;
    }
    classifier =
        new Classifier(
            parts.engine(), parts.release().view(), backbone, parts.classes().size(), seed);
  }

  /**
   * Trains it and measures it on the held-out images.
   *
   * @param fraction share of the labels, for the report
   * @param progress told the share of the training that is done
   */
  Run run(double fraction, InstantSource clock, DoubleConsumer progress) {
    try (var trainer = new ClassifierTrainer(classifier, labeled, settings(), seed)) {
      TrainingOutcome outcome =
          trainer.run(
              plan.budget(labeled.size()),
              auxiliary,
              auxiliary == null ? null : parts.unlabeled(),
              clock,
              progress);
      Accuracy accuracy = classifier.accuracy(parts.test());
      return new Run(fraction, labeled.size(), seed, start, auxiliary != null, accuracy, outcome);
    }
  }

  private FineTuneSettings settings() {
    return plan.settings().withSize(parts.release().view().preprocessing().size());
  }

  Classifier classifier() {
    return classifier;
  }

  @Override
  public void close() {
    classifier.close();
    if (auxiliary != null) {
      auxiliary.close();
    }
    if (own != null) {
      own.close();
    }
  }
}
