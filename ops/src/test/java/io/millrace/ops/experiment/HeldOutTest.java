package io.millrace.ops.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.SyntheticSettings;
import io.millrace.ingest.source.SyntheticSource;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ProbeSettings;
import java.util.HashSet;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class HeldOutTest {
  private final ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());

  @Test
  void sharesLabeledImagesOutInTwoParts() {
    ProbeImages images = Objects.requireNonNull(probe(60, new ProbeSettings(0, 5, 40, 20)));
    assertThat(images.bank().size()).isEqualTo(40);
    assertThat(images.queries().size()).isEqualTo(20);
    assertThat(new HashSet<>(images.bank().labels()))
        .hasSize(SyntheticSettings.defaults().classes());
  }

  @Test
  void keepsTheProportionWhereThereAreFewer() {
    ProbeImages images = Objects.requireNonNull(probe(30, new ProbeSettings(0, 5, 40, 20)));
    assertThat(images.bank().size()).isEqualTo(20);
    assertThat(images.queries().size()).isEqualTo(10);
  }

  @Test
  void givesNothingWhereThereAreTooFewToVote() {
    assertThat(probe(6, new ProbeSettings(0, 20, 40, 20))).isNull();
    assertThat(probe(0, new ProbeSettings(0, 20, 40, 20))).isNull();
  }

  private @org.jspecify.annotations.Nullable ProbeImages probe(
      int heldOut, ProbeSettings settings) {
    var source = new SyntheticSource(SyntheticSettings.defaults().withHeldOut(heldOut));
    return HeldOut.probe(source, decoder, settings, 32);
  }
}
