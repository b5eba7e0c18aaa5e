package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** BYOL and OBoW: what they add to what every method must hold; and transformers as backbones. */
public abstract class MethodContract extends TinyMethodContract {
  private static final ModelSettings MODEL =
      ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));
  private static final double TAU = TinyMethods.QUICK;

  @TempDir Path directory;

  private Method tinyMethod(String name) {
    return TinyMethods.create(name, engine, directory);
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  public void theTeacherIsTheAverageOfTheStudentsParameters(String name) {
    Method method = tinyMethod(name);
    try (MethodState state = method.initialize(engine)) {
      double[] teacher = state.network("student").parameters().toDoubles();
      for (int step = 0; step < 3; step++) {
        method.step(batch(step, 4 * step, 4), state);
        double[] student = state.network("student").parameters().toDoubles();
        for (int i = 0; i < teacher.length; i++) {
          teacher[i] = TAU * teacher[i] + (1 - TAU) * student[i];
        }
      }
      assertThat(state.network("teacher").parameters().toDoubles())
          .containsExactly(teacher, within(1e-12));
      double[] own = state.network("teacher").statistics().toDoubles();
      assertThat(own).isNotEqualTo(state.network("student").statistics().toDoubles());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  void skillRisesOnAFewImages(String name) {
    skillRises(tinyMethod(name), 120, 0.1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"byol", "obow"})
  public void aStepReportsWhatItDid(String name) {
    StepReport report = reports(Methods.create(name, MODEL));
    assertThat(report.teacherMomentum()).isEqualTo(0.99);
    assertThat(report.metrics()).containsKeys("batchFeatureStd", "teacherDistance");
  }

  /** What a small vision transformer can serve, it does; the taps are maps of its patches. */
  @ParameterizedTest
  @MethodSource("io.millrace.learner.method.registry.Methods#fromImagesAlone")
  public void aTransformerServesToo(String name) {
    BackboneSettings small =
        BackboneSettings.defaults().withArchitecture("vit-tiny").withWidth(0.125).withPatches(4, 2);
    Method method = Methods.create(name, ModelSettings.defaults().withBackbone(small));
    try (MethodState state = method.initialize(engine)) {
      StepReport report = method.step(batch(0, 0, 3), state);
      assertThat(report.loss()).isFinite();
      assertThat(report.gradientNorm()).isFinite().isPositive();
    }
  }

  @Test
  public void byolsFirstLossIsThatOfItsViews() {
    Method method = tinyMethod("byol");
    try (MethodState state = method.initialize(engine)) {
      StepReport report = method.step(batch(0, 0, 4), state);
      assertThat(report.chanceLevelLoss()).isEqualTo(4);
      assertThat(report.metrics()).containsKeys("cosine", "projectionStd");
      assertThat(report.loss()).isCloseTo(4 - 4 * report.metrics().get("cosine"), within(1e-9));
    }
  }

  @Test
  public void obowsVocabularyIsAQueueThatGrowsThenTurns() {
    Method method = tinyMethod("obow");
    try (MethodState state = method.initialize(engine)) {
      StepReport report = method.step(batch(0, 0, 6), state);
      assertThat(report.metrics())
          .containsEntry("words.layer3", 6.0)
          .containsKeys(
              "perplexityBatch.layer3",
              "perplexityImage.layer4",
              "minDistance.layer4",
              "loss.crops",
              "loss.patches");
      double[] empty = state.tensor("vocabulary.layer4").slice(0, 6, 16).toDoubles();
      assertThat(empty).containsOnly(0.0);
      assertThat(state.counter("vocabulary.layer3.distances")).isZero();
      report = method.step(batch(1, 6, 6), state);
      assertThat(state.counter("vocabulary.layer3.distances")).isEqualTo(1);
      assertThat(report.metrics()).containsEntry("words.layer3", 12.0);
      double[] kept = state.tensor("vocabulary.layer4").slice(0, 2, 12).toDoubles();
      report = method.step(batch(2, 12, 6), state);
      assertThat(report.metrics()).containsEntry("words.layer3", 16.0);
      assertThat(state.counter("vocabulary.layer4.pointer")).isEqualTo(2);
      assertThat(state.tensor("vocabulary.layer4").slice(0, 2, 12).toDoubles()).isEqualTo(kept);
      method.step(batch(3, 18, 20), state); // more images than words
      assertThat(state.counter("vocabulary.layer4.filled")).isEqualTo(16);
    }
  }
}
