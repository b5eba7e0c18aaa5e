package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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

  @Test
  void aDecoderThatHangsCostsOthersNoMoreThanTheirTime() throws InterruptedException {
    var hang = new CountDownLatch(1);
    var hung = new CountDownLatch(ApiSettings.defaults().image().decoders());
    var stuck =
        new ImageInputs(
            bytes -> {
              hung.countDown();
              try {
                hang.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return decode(bytes);
            },
            ApiSettings.defaults());
    var all = new InferTensor("inputs[0]", "images", List.of(1L), null, null, blobs(1));
    for (long i = hung.getCount(); i > 0; i--) {
      var first = new RequestContext(Duration.ofMinutes(1), System::nanoTime, new Semaphore(0));
      new Thread(() -> stuck.view(all, Preprocessing.defaults(), first)).start();
    }
    hung.await();
    var other = new RequestContext(Duration.ofMillis(50), System::nanoTime, new Semaphore(0));
    assertThatThrownBy(() -> stuck.view(all, Preprocessing.defaults(), other))
        .isInstanceOfSatisfying(ApiError.class, e -> assertThat(e.status()).isEqualTo(503));
    hang.countDown();
    var later = new RequestContext(Duration.ofMinutes(1), System::nanoTime, new Semaphore(0));
    assertThat(stuck.view(all, Preprocessing.defaults(), later).shape()).contains(1L);
  }

  @Test
  void anImageOfARequestIsShrunkAsTheLearnersWas() {
    PixelImage sharp = stripes(300, 200);
    ImageInputs requests =
        new ImageInputs(bytes -> new DecodeOutcome.Decoded(sharp), ApiSettings.defaults());
    Preprocessing asReleased = Preprocessing.defaults().withMaxSide(128);
    float[] learners = new EvalView(asReleased).of(sharp.shrinkTo(128));
    var request = new RequestContext(Duration.ofSeconds(3), () -> 0, new Semaphore(0));
    assertThat(requests.view(new byte[] {1}, "image", asReleased, request)).isEqualTo(learners);
    var one = new InferTensor("inputs[0]", "images", List.of(1L), null, null, blobs(1));
    assertThat(requests.view(one, asReleased, request).values()).isEqualTo(learners);
  }

  private static PixelImage stripes(int width, int height) {
    byte[] rgb = new byte[width * height * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % 2 * 255);
    }
    return new PixelImage(width, height, rgb);
  }

  private static List<byte[]> blobs(int count) {
    return Collections.nCopies(count, new byte[] {1});
  }
}
