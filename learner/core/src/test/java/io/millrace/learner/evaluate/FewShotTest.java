package io.millrace.learner.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FewShotTest {
  private static final int CLASSES = 6;
  private static final int DIM = 8;

  private static List<Integer> labels(int n) {
    var out = new ArrayList<Integer>();
    for (int i = 0; i < n; i++) {
      out.add(i % CLASSES);
    }
    return out;
  }

  /** Features around one axis for each class; with much noise the classes can't be told. */
  private static Features features(int n, double noise) {
    KeyedRandom random = KeyedRandom.of(1, "test", 0, 0);
    float[] values = new float[n * DIM];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < DIM; j++) {
        double own = j == i % CLASSES && noise < 100 ? 1 : 0;
        values[i * DIM + j] = (float) (3 * (own + noise * random.nextGaussian()));
      }
    }
    return new Features(n, DIM, values);
  }

  @Test
  void classesApartAreToldFromOneImageEach() {
    FewShot.Result result = FewShot.of(features(60, 0.05), labels(60), FewShotSettings.of(5, 1, 1));
    assertThat(result.mean()).isEqualTo(100);
    assertThat(result.interval()).isZero();
  }

  @Test
  void noiseIsToldByChanceAndTheIntervalHoldsIt() {
    FewShot.Result result =
        FewShot.of(features(600, 1000), labels(600), FewShotSettings.of(4, 5, 1));
    assertThat(result.mean()).isCloseTo(25, within(3 * result.interval()));
    // 60 queries an episode: √(0.25 · 0.75 / 60) / √600 · 1.96, in percent.
    assertThat(result.interval()).isCloseTo(0.447, within(0.06));
  }

  @Test
  void moreImagesOfEachClassTellMore() {
    Features features = features(240, 0.7);
    double one = FewShot.of(features, labels(240), FewShotSettings.of(5, 1, 1)).mean();
    double ten = FewShot.of(features, labels(240), FewShotSettings.of(5, 10, 1)).mean();
    assertThat(ten).isGreaterThan(one + 5);
  }

  @Test
  void oneSeedDrawsTheSameEpisodes() {
    Features features = features(60, 0.7);
    assertThat(FewShot.of(features, labels(60), FewShotSettings.of(5, 1, 7)))
        .isEqualTo(FewShot.of(features, labels(60), FewShotSettings.of(5, 1, 7)))
        .isNotEqualTo(FewShot.of(features, labels(60), FewShotSettings.of(5, 1, 8)));
  }

  @Test
  void tooFewClassesOrImagesAreNamed() {
    assertThatThrownBy(() -> FewShot.of(features(60, 1), labels(60), FewShotSettings.of(7, 1, 1)))
        .hasMessage("ways is 7: expected at most the number of classes (6)");
    assertThatThrownBy(() -> FewShot.of(features(60, 1), labels(60), FewShotSettings.of(5, 10, 1)))
        .hasMessageContaining("shots is 10")
        .hasMessageContaining("class 0 has 10");
  }
}
