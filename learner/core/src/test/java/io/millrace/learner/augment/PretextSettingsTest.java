package io.millrace.learner.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.augment.task.ColorBins;
import org.junit.jupiter.api.Test;

class PretextSettingsTest {
  @Test
  void patchesThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> new PatchGridSettings(32, 8, 4, 1, 0.6, 1, 0.5, 0.5))
        .hasMessage(
            "patch is 8: expected 3 · patch + 2 · gap (4) + 2 · jitter (1) to be at most size"
                + " (32)");
    assertThatThrownBy(() -> new PatchGridSettings(32, 3, 1, 0, 0.6, 1, 0.5, 0.5))
        .hasMessage("patch is 3: expected 4 to 512");
  }

  @Test
  void tilesUnderFourPixelsOrOverTheirCellAreRefused() {
    assertThatThrownBy(() -> new TileSettings(30, 3, 0.6, 1, 0.5, 0.3))
        .hasMessage("tile is 3: expected 4 to a third of size (30), 10");
    assertThatThrownBy(() -> new TileSettings(30, 11, 0.6, 1, 0.5, 0.3))
        .hasMessage("tile is 11: expected 4 to a third of size (30), 10");
  }

  @Test
  void binsAreThoseThatColorsReach() {
    assertThat(ColorBins.of(10).count()).isEqualTo(260);
    assertThat(ColorBins.of(40).count()).isLessThan(40);
  }
}
