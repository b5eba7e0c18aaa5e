package io.millrace.learner.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.auxiliary.AuxiliaryTrainer;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.joint.ByolMethod;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.testing.ScopedContract;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Training a classifier on an engine. */
public abstract class FineTuningContract extends ScopedContract {
  private static final int SIZE = 8;
  private static final Preprocessing PREPROCESSING = Preprocessing.defaults().withSize(SIZE);
  private static final FineTuneSettings SETTINGS =
      FineTuneSettings.defaults().withSize(SIZE).withBatch(8, 0.05);

  /** Reddish and bluish noise. */
  private static LabeledImages images(int from, int n) {
    var images = new ArrayList<PixelImage>();
    var labels = new ArrayList<Integer>();
    for (int i = from; i < from + n; i++) {
      byte[] rgb = new byte[SIZE * SIZE * 3];
      new Random(i).nextBytes(rgb);
      for (int p = 0; p < rgb.length; p += 3) {
        rgb[p + (i % 2 == 0 ? 0 : 2)] = (byte) 230;
      }
      images.add(new PixelImage(SIZE, SIZE, rgb));
      labels.add(i % 2);
    }
    return LabeledImages.ofPixels(images, labels);
  }

  private Network backbone() {
    Network network =
        engine.network(ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, SIZE));
    Initializer.initialize(engine, network, 1);
    return network;
  }

  private Classifier classifier(Network backbone) {
    return new Classifier(engine, new EvalView(PREPROCESSING), backbone, 2, 1);
  }

  private static TrainingOutcome train(
      Classifier classifier, FineTuneSettings settings, long budget) {
    try (var tuning = new ClassifierTrainer(classifier, images(0, 16), settings, 1)) {
      return tuning.run(budget, null, null, InstantSource.system(), share -> {});
    }
  }

  @Test
  void learnsWhatColorTellsAndTheSameBudgetGivesTheSame() {
    double[][] ends = new double[2][];
    for (int run = 0; run < 2; run++) {
      try (Network backbone = backbone();
          Classifier classifier = classifier(backbone)) {
        TrainingOutcome tuned = train(classifier, SETTINGS, 121);
        assertThat(tuned.steps()).as("121 images in batches of 8").isEqualTo(16);
        assertThat(tuned.images()).isEqualTo(128);
        assertThat(tuned.log()).hasSize(16);
        assertThat(tuned.log().get(15).taskLoss()).isLessThan(tuned.log().get(0).taskLoss() / 2);
        assertThat(tuned.log().get(0).cosine()).isNull();
        assertThat(classifier.accuracy(images(100, 40)).top1()).isGreaterThan(90);
        ends[run] = backbone.parameters().toDoubles();
      }
    }
    assertThat(ends[0]).isEqualTo(ends[1]);
  }

  @Test
  void aFrozenBackboneStaysAsItIsStatisticsToo() {
    try (Network backbone = backbone();
        Classifier classifier = classifier(backbone)) {
      double[] parameters = backbone.parameters().toDoubles();
      double[] statistics = backbone.statistics().toDoubles();
      double[] head = classifier.head().parameters().toDoubles();
      train(classifier, SETTINGS.withFreeze(true), 32);
      assertThat(backbone.parameters().toDoubles()).isEqualTo(parameters);
      assertThat(backbone.statistics().toDoubles()).isEqualTo(statistics);
      assertThat(classifier.head().parameters().toDoubles()).isNotEqualTo(head);
    }
  }

  /** One update from the same start: half the rate goes half the way, the head goes its own. */
  @Test
  void theBackboneHasARateOfItsOwn() {
    double[][] moved = new double[2][];
    double[][] heads = new double[2][];
    for (int run = 0; run < 2; run++) {
      try (Network backbone = backbone();
          Classifier classifier = classifier(backbone)) {
        double[] start = backbone.parameters().toDoubles();
        train(classifier, SETTINGS.withBackboneRate(run == 0 ? 1 : 0.5), 8);
        moved[run] = backbone.parameters().toDoubles();
        for (int i = 0; i < start.length; i++) {
          moved[run][i] -= start[i];
        }
        heads[run] = classifier.head().parameters().toDoubles();
      }
    }
    assertThat(moved[1])
        .containsExactly(Arrays.stream(moved[0]).map(x -> x / 2).toArray(), within(1e-12));
    assertThat(heads[1]).isEqualTo(heads[0]);
  }

  @Test
  void anAuxiliaryLossOfWeightZeroChangesNothingAndOneOfWeightOneDoes() {
    double[] alone;
    try (Network backbone = backbone();
        Classifier classifier = classifier(backbone)) {
      train(classifier, SETTINGS, 24);
      alone = backbone.parameters().toDoubles();
    }
    assertThat(withAuxiliary(0)).isEqualTo(alone);
    assertThat(withAuxiliary(1)).isNotEqualTo(alone);
  }

  /** BYOL on views of the input's size. */
  private static Method byol(ModelSettings model) {
    ByolSettings d = ByolSettings.defaults();
    int size = model.preprocessing().size();
    return new ByolMethod(
        model,
        new ByolSettings(
            d.firstView().withSize(size),
            d.secondView().withSize(size),
            d.projectorHidden(),
            d.projection(),
            d.predictorHidden(),
            d.teacherMomentum(),
            d.optimizer(),
            d.learningRate()));
  }

  private double[] withAuxiliary(double weight) {
    var model = new ModelSettings(1, BackboneSettings.defaults().withWidth(0.125), PREPROCESSING);
    LabeledImages labeled = images(0, 16);
    List<String> ids = Arrays.asList("abcdefghijklmnop".split(""));
    try (var auxiliary = new AuxiliaryTrainer(engine, byol(model), weight);
        Classifier classifier = classifier(auxiliary.backbone());
        var tuning = new ClassifierTrainer(classifier, labeled, SETTINGS, 1)) {
      TrainingOutcome tuned =
          tuning.run(
              24,
              auxiliary,
              new ShuffledImages(StoredImage.of(IdentifiedImage.zip(ids, labeled.images())), 1),
              InstantSource.system(),
              share -> {});
      assertThat(tuned.log()).allSatisfy(point -> assertThat(point.auxiliaryLoss()).isPositive());
      if (weight > 0) {
        assertThat(tuned.log())
            .allSatisfy(point -> assertThat(point.cosine()).isBetween(-1.0, 1.0));
      }
      return auxiliary.backbone().parameters().toDoubles();
    }
  }

  @Test
  void settingsOutOfRangeAreNamed() {
    assertThatThrownBy(() -> SETTINGS.withBatch(1, 0.1))
        .hasMessage("batchSize is 1: expected 2 to 65536");
    assertThatThrownBy(() -> SETTINGS.withBatch(8, 0)).hasMessageContaining("learningRate is 0.0");
    try (Network backbone = backbone()) {
      assertThatThrownBy(() -> new Classifier(engine, new EvalView(PREPROCESSING), backbone, 1, 1))
          .hasMessage("classes is 1: expected 2 or more");
    }
  }
}
