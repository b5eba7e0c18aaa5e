package io.millrace.learner.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ingest.settings.Spelling;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.augment.task.MaskSampler;
import io.millrace.learner.augment.task.NoiseSettings;
import io.millrace.learner.augment.task.PixelNoise;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.ScopedContract;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Noise and holes: what they do, and what their chance depends on. */
public abstract class CorruptionContract extends ScopedContract {
  private static final List<String> IDS = List.of("a", "b", "c", "d");

  @Test
  void noiseHasItsDeviationAndMasksWholePixels() {
    Tensor views = engine.zeros(4, 3, 32, 32).add(5);
    double[] noisy = noise(0.5, 0.25, views, IDS, 0);
    int masked = 0;
    double sum = 0;
    double squares = 0;
    int pixels = 32 * 32;
    for (int i = 0; i < 4 * pixels; i++) {
      int at = i / pixels * 3 * pixels + i % pixels;
      if (noisy[at] == 0) {
        assertThat(noisy[at + pixels]).isZero();
        assertThat(noisy[at + 2 * pixels]).isZero();
        masked++;
      } else {
        sum += noisy[at] - 5;
        squares += (noisy[at] - 5) * (noisy[at] - 5);
      }
    }
    double kept = 4 * pixels - masked;
    assertThat(masked / (4.0 * pixels)).isCloseTo(0.25, within(0.03));
    assertThat(sum / kept).isCloseTo(0, within(0.03));
    assertThat(Math.sqrt(squares / kept)).isCloseTo(0.5, within(0.02));
  }

  @Test
  void chanceDependsOnImageAndStepAloneNotOnTheBatch() {
    Tensor views = gaussian(1, 4, 3, 8, 8);
    double[] all = noise(1, 0.2, views, IDS, 3);
    double[] one = noise(1, 0.2, views.slice(0, 2, 3), List.of("c"), 3);
    assertThat(one).containsExactly(Arrays.copyOfRange(all, 2 * 192, 3 * 192));
    assertThat(noise(1, 0.2, views, IDS, 4)).isNotEqualTo(all);

    double[] masks = holes(HoleSettings.blocks(2, 0.3), IDS, 3);
    assertThat(holes(HoleSettings.blocks(2, 0.3), List.of("c"), 3))
        .containsExactly(Arrays.copyOfRange(masks, 2 * 64, 3 * 64));
    assertThat(holes(HoleSettings.blocks(2, 0.3), IDS, 4)).isNotEqualTo(masks);
  }

  @Test
  void theCenterIsTheMiddleHalf() {
    double[] mask = holes(HoleSettings.center(), List.of("a"), 0);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        boolean inside = y >= 2 && y < 6 && x >= 2 && x < 6;
        assertThat(mask[y * 8 + x]).as("%d, %d", y, x).isEqualTo(inside ? 1 : 0);
      }
    }
  }

  @Test
  void blocksReachEveryPixelAndCutAllColors() {
    double[] ever = new double[64];
    for (int step = 0; step < 400; step++) {
      double[] mask = holes(HoleSettings.blocks(1, 0.25), List.of("a"), step);
      assertThat(Arrays.stream(mask).sum()).isEqualTo(4);
      for (int p = 0; p < 64; p++) {
        ever[p] += mask[p];
      }
    }
    assertThat(ever).doesNotContain(0);
    Tensor mask = new MaskSampler(HoleSettings.blocks(1, 0.25)).mask(engine, List.of("a"), 8, 0, 1);
    double[] cut = MaskSampler.cut(engine.zeros(1, 3, 8, 8).add(2), mask).toDoubles();
    double[] hole = mask.toDoubles();
    for (int i = 0; i < cut.length; i++) {
      assertThat(cut[i]).isEqualTo(hole[i % 64] == 1 ? 0 : 2);
    }
  }

  @Test
  void settingsOutOfRangeAreNamed() {
    assertThatThrownBy(() -> new NoiseSettings(-1, 0))
        .hasMessage("gaussian is -1.0: expected 0 to 10");
    assertThatThrownBy(() -> new NoiseSettings(0, 1))
        .hasMessage("masked is 1.0: expected 0 up to but not 1");
    assertThatThrownBy(() -> new NoiseSettings(0, 0)).hasMessageContaining("one of them over 0");
    assertThatThrownBy(() -> Spelling.parse(HoleSettings.Shape.class, "shape", "round"))
        .hasMessage("shape is 'round': expected one of [center, blocks]");
    assertThatThrownBy(() -> HoleSettings.blocks(0, 0.5))
        .hasMessage("blocks is 0: expected 1 to 64");
    assertThatThrownBy(() -> HoleSettings.blocks(1, 1))
        .hasMessage("side is 1.0: expected over 0 up to but not 1");
  }

  private double[] noise(
      double gaussian, double masked, Tensor views, List<String> ids, long step) {
    return new PixelNoise(new NoiseSettings(gaussian, masked))
        .of(engine, views, ids, step, 1)
        .toDoubles();
  }

  private double[] holes(HoleSettings settings, List<String> ids, long step) {
    return new MaskSampler(settings).mask(engine, ids, 8, step, 1).toDoubles();
  }
}
