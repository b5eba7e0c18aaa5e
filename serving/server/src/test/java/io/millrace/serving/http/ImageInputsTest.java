package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.Preprocessing;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ImageInputsTest {
  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger decoded = new AtomicInteger();
  private final ImageInputs images = new ImageInputs(this::decode, ApiSettings.defaults());

  /** Takes a second each. */
  private DecodeOutcome decode(byte[] bytes) {
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    decoded.incrementAndGet();
    return new DecodeOutcome.Decoded(new PixelImage(1, 1, new byte[3]));
  }

  @Test
  void imagesThatAreSlowToDecodeDoNotOutlastTheRequest() {
    var all = new InferTensor("inputs[0]", "images", List.of(9L), null, null, blobs(9));
    var request = new RequestContext(Duration.ofSeconds(3), now::get, new Semaphore(0));
    assertThatThrownBy(() -> images.view(all, Preprocessing.defaults(), request))
        .isInstanceOf(ApiError.class)
        .hasMessage("no answer within PT3S (api.requestTimeout)");
    assertThat(decoded).hasValue(3);
    var few = new InferTensor("inputs[0]", "images", List.of(2L), null, null, blobs(2));
    var later = new RequestContext(Duration.ofSeconds(3), now::get, new Semaphore(0));
    assertThat(images.view(few, Preprocessing.defaults(), later).shape())
        .containsExactly(2L, 3L, 32L, 32L);
  }

  private static List<byte[]> blobs(int count) {
    return Collections.nCopies(count, new byte[] {1});
  }
}
