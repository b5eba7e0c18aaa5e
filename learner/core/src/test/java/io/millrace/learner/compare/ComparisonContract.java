package io.millrace.learner.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.LayerMetrics;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.group.Shards;
import io.millrace.learner.group.SoleProcess;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.AnnealSettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.testing.ScopedContract;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Methods side by side on an engine. */
public abstract class ComparisonContract extends ScopedContract {
  private static final Preprocessing PREPROCESSING = Preprocessing.defaults().withSize(16);
  private static final Method BYOL =
      Methods.create(
          "byol",
          new ModelSettings(1, BackboneSettings.defaults().withWidth(0.125), PREPROCESSING),
          small(ByolSettings.defaults()));

  /** With views as small as the images, and narrow heads. */
  private static ByolSettings small(ByolSettings d) {
    return new ByolSettings(
        d.firstView().withSize(16),
        d.secondView().withSize(16),
        16,
        8,
        16,
        d.teacherMomentum(),
        d.optimizer(),
        d.learningRate());
  }

  private static List<PixelImage> images(int from, int n) {
    var out = new ArrayList<PixelImage>();
    for (int i = from; i < from + n; i++) {
      byte[] rgb = new byte[16 * 16 * 3];
      new Random(i).nextBytes(rgb);
      out.add(new PixelImage(16, 16, rgb));
    }
    return out;
  }

  private static ShuffledImages stream(int n) {
    var ids = new ArrayList<String>();
    for (int i = 0; i < n; i++) {
      ids.add("image-" + i);
    }
    return new ShuffledImages(StoredImage.of(IdentifiedImage.zip(ids, images(0, n))), 5);
  }

  private MethodComparison comparison(
      Budget budget, InstantSource clock, ComparisonListener listener) {
    return comparison(settings(budget, 0, 1, 0), clock, listener);
  }

  private static ComparisonSettings settings(Budget budget, int annealed, int shards, int probes) {
    var linear = new LinearProbeSettings(2, 4, 0.1, 0);
    return new ComparisonSettings(
        budget,
        4,
        1,
        linear,
        new MonitorSettings(0, 4, 4),
        1,
        new AnnealSettings(annealed, 1),
        shards,
        probes,
        false);
  }

  private MethodComparison comparison(
      ComparisonSettings settings, InstantSource clock, ComparisonListener listener) {
    List<Integer> labels = List.of(0, 1, 0, 1, 0, 1);
    var labeled = LabeledImages.ofPixels(images(100, 6), labels);
    return new MethodComparison(
        engine,
        new EvalView(PREPROCESSING),
        stream(10),
        new ProbeImages(labeled, labeled),
        settings,
        clock,
        listener,
        () -> {});
  }

  @Test
  void aMethodLearnsForItsBudgetAndIsMeasuredBeforeAndAfter() {
    var told = new ArrayList<ComparisonListener.Progress>();
    var clock = new Ticking();
    MethodComparison comparison = comparison(Budget.ofImages(9), clock, told::add);
    MethodResult got = comparison.run(BYOL);
    assertThat(got.steps()).as("9 images in batches of 4").isEqualTo(3);
    assertThat(got.images()).isEqualTo(12);
    assertThat(told).extracting(ComparisonListener.Progress::step).containsExactly(1L, 2L, 3L);
    assertThat(told.get(1).spent()).isEqualTo(8.0 / 9);
    assertThat(told.get(2).spent()).isEqualTo(1);
    assertThat(got.featureDim()).isEqualTo(64);
    assertThat(got.untrained().knn()).as("the bank is asked about itself").isEqualTo(100);
    assertThat(got.trained()).isNotNull();
    assertThat(got.monitors())
        .containsKeys("featureStd", "rankMe", "windowFeatureStd", "alignment", "teacherDistance");
    assertThat(comparison.pixels().knn()).isEqualTo(100);

    MethodResult again = comparison.run(BYOL);
    assertThat(again.lossLast()).as("the same budget again").isEqualTo(got.lossLast());
    assertThat(again.monitors()).isEqualTo(got.monitors());
  }

  @Test
  void accuracyIsMeasuredOnTheWayOutsideOfTheTimeOfLearning() {
    Budget budget = Budget.ofImages(48);
    MethodResult plain = comparison(budget, new Ticking(), at -> {}).run(BYOL);
    assertThat(plain.curve()).isEmpty();
    MethodResult got = comparison(settings(budget, 0, 1, 2), new Ticking(), at -> {}).run(BYOL);
    assertThat(got.curve()).extracting(AccuracyPoint::images).containsExactly(16L, 32L);
    assertThat(got.curve()).extracting(AccuracyPoint::steps).containsExactly(4L, 8L);
    assertThat(got.curve()).extracting(AccuracyPoint::knn).containsOnly(100.0);
    // This clock goes on by a second when it is asked, so once more for each: when it began.
    assertThat(got.seconds()).isEqualTo(plain.seconds() + 2);
    assertThat(got.lossLast()).as("it learns the same").isEqualTo(plain.lossLast());
  }

  @Test
  void eachLayerIsMeasuredWhereThatIsAskedFor() {
    ComparisonSettings plain = settings(Budget.ofImages(12), 0, 1, 0);
    var asked =
        new ComparisonSettings(
            plain.budget(),
            plain.batchSize(),
            plain.k(),
            plain.linear(),
            plain.monitor(),
            plain.seed(),
            plain.anneal(),
            plain.shards(),
            plain.probes(),
            true);
    MethodResult without = comparison(plain, new Ticking(), ComparisonListener.NONE).run(BYOL);
    assertThat(without.layers()).isEmpty();
    MethodResult got = comparison(asked, new Ticking(), ComparisonListener.NONE).run(BYOL);
    assertThat(got.lossLast()).as("it learns the same").isEqualTo(without.lossLast());
    assertThat(got.layers())
        .extracting(LayerMetrics::name, LayerMetrics::features)
        .containsExactly(
            tuple("layer1", 8),
            tuple("layer2", 16),
            tuple("layer3", 32),
            tuple("layer4", 64),
            tuple("layer1+output", 72),
            tuple("layer2+output", 80),
            tuple("layer3+output", 96),
            tuple("output", 64));
    LayerMetrics output = got.layers().get(7);
    assertThat(output.knn()).isEqualTo(got.trained().knn());
    assertThat(output.linear()).isEqualTo(got.trained().linear());
    assertThat(output.whitenedKnn()).isEqualTo(got.whitened().knn());
    assertThat(output.untrainedKnn()).isEqualTo(got.untrained().knn());
    assertThat(got.layers().get(3))
        .as("the last stage's average is the output")
        .usingRecursiveComparison()
        .ignoringFields("name")
        .isEqualTo(output);
  }

  /** At the same number of updates, the last ones at a rate that falls. */
  @Test
  void theBudgetsEndIsAnnealed() {
    var factors = new ArrayList<Double>();
    Method watched =
        new Method() {
          @Override
          public String name() {
            return BYOL.name();
          }

          @Override
          public MethodState initialize(Engine on) {
            return BYOL.initialize(on);
          }

          @Override
          public StepReport step(ImageBatch batch, MethodState state) {
            factors.add(state.scalarOr(MethodState.RATE_FACTOR, -1));
            return BYOL.step(batch, state);
          }

          @Override
          public String representation() {
            return BYOL.representation();
          }
        };
    comparison(settings(Budget.ofImages(20), 2, 1, 0), new Ticking(), ComparisonListener.NONE)
        .run(watched);
    assertThat(factors).containsExactly(-1.0, -1.0, -1.0, 1.0, 0.5);
  }

  /** The update is the learner's: each shard of a batch has statistics of its own. */
  @Test
  void anUpdateIsMadeInShards() {
    var budget = Budget.ofImages(12);
    MethodResult whole =
        comparison(settings(budget, 0, 1, 0), new Ticking(), ComparisonListener.NONE).run(BYOL);
    MethodResult got =
        comparison(settings(budget, 0, 2, 0), new Ticking(), ComparisonListener.NONE).run(BYOL);
    var loss = new ArrayList<Double>();
    try (MethodState state = BYOL.initialize(engine)) {
      state.distribute(Shards.alone(2), new SoleProcess());
      for (long step = 0; step < 3; step++) {
        loss.add(BYOL.step(stream(10).batch(step, 4), state).loss());
      }
    }
    assertThat(got.steps()).isEqualTo(whole.steps()).isEqualTo(3);
    assertThat(got.lossFirst())
        .as("the mean, however it is added up")
        .isCloseTo(
            loss.stream().mapToDouble(Double::doubleValue).average().orElseThrow(), within(1e-12))
        .isNotCloseTo(whole.lossFirst(), within(1e-6));
    assertThat(got.untrained()).isEqualTo(whole.untrained());
  }

  @Test
  void aBudgetOfTimeEndsWithTheTime() {
    MethodComparison comparison =
        comparison(Budget.ofTime(Duration.ofSeconds(2)), new Ticking(), ComparisonListener.NONE);
    MethodResult got = comparison.run(BYOL);
    assertThat(got.steps()).as("each update takes a second").isEqualTo(2);
    assertThat(got.imagesPerSecond()).isEqualTo(4);
    assertThat(got.millisPerStep()).isEqualTo(1000);
  }

  @Test
  void aLossThatIsNoNumberIsAFailureOfThatMethod() {
    Method lost =
        new Method() {
          @Override
          public String name() {
            return "lost";
          }

          @Override
          public MethodState initialize(Engine engine) {
            return BYOL.initialize(engine);
          }

          @Override
          public StepReport step(ImageBatch batch, MethodState state) {
            return new StepReport(Double.NaN, 1, 2, 0.1, 0, batch.size(), Map.of(), Map.of());
          }

          @Override
          public String representation() {
            return BYOL.representation();
          }
        };
    MethodComparison comparison =
        comparison(Budget.ofImages(8), new Ticking(), ComparisonListener.NONE);
    assertThatThrownBy(() -> comparison.run(lost))
        .hasMessage("the loss of lost at update 1 is NaN (gradient norm 2.0)");
  }

  @Test
  void theStreamIsTheSameForAllAndEachPassHoldsEveryImage() {
    ShuffledImages one = stream(10);
    ShuffledImages other = stream(10);
    List<String> ids = new ArrayList<>();
    for (long step = 0; step < 5; step++) {
      ImageBatch batch = one.batch(step, 4);
      assertThat(batch.ids()).isEqualTo(other.batch(step, 4).ids());
      ids.addAll(batch.ids());
    }
    assertThat(ids.subList(0, 10)).doesNotHaveDuplicates();
    assertThat(ids.subList(10, 20)).doesNotHaveDuplicates().isNotEqualTo(ids.subList(0, 10));
    assertThat(one.batch(0, 4).ids()).as("asked again").isEqualTo(ids.subList(0, 4));
  }

  @Test
  void aBudgetIsOfOneKind() {
    assertThatThrownBy(() -> Budget.ofImages(0)).hasMessage("images is 0: expected 1 or more");
    assertThatThrownBy(() -> Budget.ofTime(Duration.ZERO)).hasMessageContaining("time is PT0S");
  }

  /** A second later whenever it is asked. */
  private static final class Ticking implements InstantSource {
    private long seconds;

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(seconds++);
    }
  }
}
