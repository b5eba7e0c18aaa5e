package io.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.RejectionReason;
import org.junit.jupiter.api.Test;

class ChaosDelaysTest {
  /** By the reader of pixels: a file that is refused by its chunks would measure nothing. */
  @Test
  void theDearImageIsRefusedAtItsLastRow() {
    byte[] dear = ChaosDelays.dearPng();
    assertThat(dear).hasSizeLessThan(64 << 10);
    try (var decoder = new ImageDecoder(DecodeLimits.defaults())) {
      assertThat(decoder.decode(dear))
          .isInstanceOfSatisfying(
              DecodeOutcome.Rejected.class,
              rejected -> {
                assertThat(rejected.reason()).isEqualTo(RejectionReason.CORRUPT);
                assertThat(rejected.detail()).contains("reading PNG image data");
              });
    }
  }
}
