package io.millrace.learner.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.testing.ScopedContract;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The monitors of a method on an engine. */
public abstract class MonitorsContract extends ScopedContract {
  private static final Preprocessing PREPROCESSING = Preprocessing.defaults().withSize(16);
  private static final Method OBOW =
      Methods.create(
          "obow",
          new ModelSettings(1, BackboneSettings.defaults().withWidth(0.125), PREPROCESSING));

  private static PixelImage image(int number) {
    byte[] rgb = new byte[16 * 16 * 3];
    new Random(number).nextBytes(rgb);
    return new PixelImage(16, 16, rgb);
  }

  private Monitors monitors() {
    return new Monitors(new MonitorSettings(1, 4, 4), engine, new EvalView(PREPROCESSING));
  }

  @Test
  void bothSetsHaveEveryMetricAndTheReferenceStays() {
    try (MethodState state = OBOW.initialize(engine)) {
      List<String> ids = List.of("a", "b", "c", "d");
      OBOW.step(
          new ImageBatch(
              0, IdentifiedImage.zip(ids, List.of(image(0), image(1), image(2), image(3)))),
          state);
      Monitors monitors = monitors();
      for (int i = 0; i < 4; i++) {
        monitors.see(new IdentifiedImage("image-" + i, image(i)));
      }
      Map<String, Double> before = monitors.metrics(OBOW, state);
      for (String metric : List.of("FeatureStd", "RankMe", "Uniformity", "Alignment")) {
        String own = Character.toLowerCase(metric.charAt(0)) + metric.substring(1);
        assertThat(before.get("window" + metric)).as(metric).isEqualTo(before.get(own));
      }
      for (String level : List.of("layer3", "layer4")) {
        assertThat(before.get("referencePerplexityBatch." + level)).isBetween(0.9, 4.1);
        assertThat(before.get("referencePerplexityImage." + level)).isBetween(0.9, 4.1);
        assertThat(before.get("windowPerplexityBatch." + level))
            .isEqualTo(before.get("referencePerplexityBatch." + level));
      }
      assertThat(before.get("streamDrift")).as("the sets are one").isNotPositive();
      for (int i = 4; i < 8; i++) {
        monitors.see(new IdentifiedImage("image-" + i, image(7))); // a stream that stands still
      }
      Map<String, Double> after = monitors.metrics(OBOW, state);
      assertThat(after.get("rankMe")).isEqualTo(before.get("rankMe"));
      assertThat(after.get("windowFeatureStd")).isCloseTo(0, within(1e-6));
      assertThat(after.get("windowRankMe")).isCloseTo(1, within(1e-3));
      assertThat(after.get("windowUniformity")).isCloseTo(0, within(1e-6));
      assertThat(after.get("streamDrift")).isGreaterThan(0.1);
      monitors.adoptWindow();
      Map<String, Double> anew = monitors.metrics(OBOW, state);
      assertThat(anew.get("streamDrift")).as("the window is the reference now").isZero();
      assertThat(anew.get("rankMe")).isEqualTo(after.get("windowRankMe"));
    }
  }

  @Test
  void figuresChangeNothing() {
    try (MethodState state = OBOW.initialize(engine)) {
      OBOW.step(
          new ImageBatch(0, IdentifiedImage.zip(List.of("a", "b"), List.of(image(0), image(1)))),
          state);
      var before = state.snapshot();
      Monitors monitors = monitors();
      monitors.see(new IdentifiedImage("a", image(0)));
      monitors.see(new IdentifiedImage("b", image(1)));
      monitors.metrics(OBOW, state);
      var after = state.snapshot();
      before
          .tensors()
          .forEach(
              (name, tensor) ->
                  assertThat(after.tensors().get(name).values())
                      .as(name)
                      .isEqualTo(tensor.values()));
      assertThat(after.counters()).isEqualTo(before.counters());
    }
  }
}
