package io.millrace.learner.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.random.KeyedRandom;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CropTest {
  @Property(tries = 300)
  void aRandomCropLiesInItsImageAndKeepsItsShare(
      @ForAll @IntRange(min = 1, max = 500) int width,
      @ForAll @IntRange(min = 1, max = 500) int height,
      @ForAll @DoubleRange(min = 0.05, max = 1) double minScale,
      @ForAll long seed) {
    Window w =
        new RandomResizedCrop(1, 16, minScale, 1, 0.5)
            .window(width, height, KeyedRandom.of(seed, "test", "id", 0), 16);
    assertThat(w.top()).isGreaterThanOrEqualTo(0);
    assertThat(w.left()).isGreaterThanOrEqualTo(0);
    assertThat(w.height()).isPositive();
    assertThat(w.width()).isPositive();
    assertThat(w.top() + w.height()).isLessThanOrEqualTo(height);
    assertThat(w.left() + w.width()).isLessThanOrEqualTo(width);
    assertWeights(w, 16, width, height);
  }

  @Property(tries = 300)
  void theCenterLiesInItsImage(
      @ForAll @IntRange(min = 1, max = 500) int width,
      @ForAll @IntRange(min = 1, max = 500) int height,
      @ForAll @IntRange(min = 8, max = 64) int size) {
    Window w = Window.center(width, height, size, false);
    assertThat(w.cellTop() + size).isLessThanOrEqualTo(w.cellsDown());
    assertThat(w.cellLeft() + size).isLessThanOrEqualTo(w.cellsAcross());
    assertWeights(w, size, width, height);
  }

  private static void assertWeights(Window w, int size, int width, int height) {
    for (int i = 0; i < size; i++) {
      assertFilter(w.row(i), w.top(), w.top() + w.height(), height);
      assertFilter(w.column(i, size), w.left(), w.left() + w.width(), width);
    }
  }

  private static void assertFilter(TriangleFilter filter, int from, int to, int length) {
    assertThat(filter.count()).isPositive();
    assertThat(filter.first()).isGreaterThanOrEqualTo(from);
    assertThat(filter.first() + filter.count()).isLessThanOrEqualTo(Math.min(to, length));
    double sum = 0;
    for (int k = 0; k < filter.count(); k++) {
      assertThat(filter.weight(k)).isGreaterThanOrEqualTo(0);
      sum += filter.weight(k);
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
  }

  @Test
  void areaAndFlipFollowTheirSettings() {
    var crop = new RandomResizedCrop(1, 16, 0.25, 0.5, 0.3);
    int flips = 0;
    for (int i = 0; i < 2000; i++) {
      Window w = crop.window(200, 150, KeyedRandom.of(1, "test", "id", i), 16);
      flips += w.mirrored() ? 1 : 0;
      assertThat(w.width() * w.height() / 30000.0).isBetween(0.24, 0.51);
      assertThat((double) w.width() / w.height()).isBetween(0.73, 1.36);
    }
    assertThat(flips / 2000.0).isCloseTo(0.3, within(0.04));
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
    ViewSettings d = ViewSettings.defaults();
    assertThatThrownBy(() -> d.withViews(0)).hasMessage("views is 0: expected 1 to 64");
    assertThatThrownBy(() -> d.withSize(4)).hasMessage("size is 4: expected 8 to 1024");
    assertThatThrownBy(() -> d.withScale(0.5, 0.2))
        .hasMessage("maxScale is 0.2: expected minScale (0.5) to 1");
    assertThatThrownBy(() -> d.withColor(0.8, 0.4, 0.4, 0.4, 0.7))
        .hasMessage("hue is 0.7: expected 0 to 0.5");
    assertThatThrownBy(() -> d.withSolarize(1.5)).hasMessage("solarize is 1.5: expected 0 to 1");
    assertThatThrownBy(() -> new PatchSettings(3, 16, 18, 4, 0.6, 1))
        .hasMessage("resize is 18: expected size + shift (20) to 2048");
    assertThatThrownBy(() -> Preprocessing.defaults().withSize(2000))
        .hasMessage("size is 2000: expected 8 to 1024");
    assertThatThrownBy(() -> new Preprocessing(32, List.of(0.0, 0.0, 0.0), List.of(1.0, 0.0, 1.0)))
        .hasMessageContaining("std is [1.0, 0.0, 1.0]");
  }

  @Test
  void aPreprocessingsHashIsOfAllItDoes() {
    Preprocessing d = Preprocessing.defaults();
    assertThat(d.hash()).matches("[0-9a-f]{16}").isEqualTo(Preprocessing.defaults().hash());
    assertThat(d.withSize(64).hash()).isNotEqualTo(d.hash());
    assertThat(new Preprocessing(32, List.of(0.5, 0.456, 0.406), d.std()).hash())
        .isNotEqualTo(d.hash());
  }
}
