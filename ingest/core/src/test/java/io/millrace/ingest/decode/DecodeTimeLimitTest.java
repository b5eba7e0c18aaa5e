package io.millrace.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.decode.DecodeOutcome.Decoded;
import io.millrace.ingest.decode.DecodeOutcome.Rejected;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DecodeTimeLimitTest {
  private static final byte[] FILE = EncodedImages.png(TestImages.corners(16, 16));

  private record Heard(int hungThreads, boolean restartNeeded) {}

  private final List<Heard> heard = new CopyOnWriteArrayList<>();
  private final DecodeListener listener = (hung, restart) -> heard.add(new Heard(hung, restart));

  private static DecodeLimits limits(long inlinePixels) {
    return new DecodeLimits(1 << 20, 1, 100, 10_000, 10, Duration.ofMillis(20), inlinePixels, 2);
  }

  /** A reader that asks its timer, as ImageIO's readers do between rows. */
  private static PixelImage slow(ImageHeader header, DecodeTimer timer) throws IOException {
    while (true) {
      timer.check();
      Thread.onSpinWait();
    }
  }

  @Test
  void aSlowDecodeIsRejectedOnTheCallersThreadAndOnAWorkers() {
    for (long inlinePixels : new long[] {0, 10_000}) {
      try (ImageDecoder decoder =
          new ImageDecoder(limits(inlinePixels), listener, () -> DecodeTimeLimitTest::slow)) {
        Rejected rejected = (Rejected) decoder.decode(FILE);

        assertThat(rejected.reason()).isEqualTo(RejectionReason.DECODE_TIMEOUT);
        assertThat(rejected.detail()).contains("20 ms");
        assertThat(decoder.hungThreads()).isZero();
      }
    }
    assertThat(heard).isEmpty();
  }

  @Test
  void aHungWorkerIsGivenUpCountedAndTakenBackWhenItEndsAfterAll() {
    CountDownLatch release = new CountDownLatch(1);
    PixelReader hangs =
        (header, timer) -> {
          awaitIgnoringTheTimer(release);
          return TestImages.corners(16, 16);
        };
    try (ImageDecoder decoder = new ImageDecoder(limits(0), listener, () -> hangs)) {
      for (int i = 0; i < 2; i++) {
        Rejected rejected = (Rejected) decoder.decode(FILE);
        assertThat(rejected.reason()).isEqualTo(RejectionReason.DECODE_TIMEOUT);
      }
      assertThat(heard).containsExactly(new Heard(1, false), new Heard(2, true));
      assertThat(decoder.hungThreads()).isEqualTo(2);

      release.countDown();
      await().until(() -> decoder.hungThreads() == 0);
    }
  }

  @Test
  void aCallerThatHangsIsToldAtOnce() throws InterruptedException {
    CountDownLatch release = new CountDownLatch(1);
    PixelReader hangs =
        (header, timer) -> {
          awaitIgnoringTheTimer(release);
          return TestImages.corners(16, 16);
        };
    try (ImageDecoder decoder = new ImageDecoder(limits(10_000), listener, () -> hangs)) {
      Thread caller = new Thread(() -> decoder.decode(FILE));
      caller.start();
      await().until(() -> !heard.isEmpty());
      assertThat(heard).containsExactly(new Heard(1, true));

      release.countDown();
      caller.join();
      assertThat(decoder.hungThreads()).isZero();
    }
  }

  @Test
  void theNextDecodeAfterATimeoutWorks() {
    PixelReader real = new ImageIoPixelReader();
    boolean[] first = {true};
    PixelReader slowOnce =
        (header, timer) -> {
          if (first[0]) {
            first[0] = false;
            return slow(header, timer);
          }
          return real.read(header, timer);
        };
    DecodeLimits limits =
        new DecodeLimits(1 << 20, 1, 100, 10_000, 10, Duration.ofSeconds(1), 10_000, 2);
    try (ImageDecoder decoder = new ImageDecoder(limits, listener, () -> slowOnce)) {
      assertThat(decoder.decode(FILE)).isInstanceOf(Rejected.class);
      assertThat(decoder.decode(FILE)).isInstanceOf(Decoded.class);
    }
  }

  @Test
  void anImageThatDoesNotFitIntoMemoryIsRejectedAndASmallOneIsNotToBlame() {
    PixelReader hungry =
        (header, timer) -> {
          throw new OutOfMemoryError("made up");
        };
    try (ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults(), listener, () -> hungry)) {
      Rejected rejected =
          (Rejected) decoder.decode(EncodedImages.png(TestImages.corners(1_100, 1_000)));
      assertThat(rejected.reason()).isEqualTo(RejectionReason.TOO_MANY_PIXELS);
      assertThat(rejected.detail()).startsWith("1100×1000 pixels do not fit");

      assertThatThrownBy(() -> decoder.decode(FILE)).isInstanceOf(OutOfMemoryError.class);
    }
  }

  private static void awaitIgnoringTheTimer(CountDownLatch release) {
    boolean interrupted = false;
    while (true) {
      try {
        release.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
