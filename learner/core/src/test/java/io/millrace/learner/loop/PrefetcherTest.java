package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.feed.MemoryImageFeed;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PrefetcherTest {
  private final CountDownLatch decoding = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  private DecodeOutcome heldUp(byte[] bytes) {
    decoding.countDown();
    try {
      assertThat(goOn.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return bytes[0] == 0
        ? new DecodeOutcome.Rejected(RejectionReason.CORRUPT, "it says so")
        : new DecodeOutcome.Decoded(new PixelImage(1, 1, new byte[3]));
  }

  @Test
  void nothingIsCaughtUpBeforeWhatAnEarlierRunLeftIsDone() {
    var rounds = new AtomicInteger();
    InstantSource clock =
        () -> {
          rounds.incrementAndGet(); // once for each look at the feed
          return Instant.now();
        };
    try (var ahead =
        new Prefetcher(
            new MemoryImageFeed(),
            this::heldUp,
            LearnerSettings.defaults(),
            LearnerMetrics.NONE,
            clock)) {
      ahead.start();
      await().until(() -> rounds.get() > 1);
      assertThat(ahead.caughtUpTo()).as("the log is at its end, updates are owed").isNull();
      ahead.settled(0);
      await().until(() -> ahead.caughtUpTo() != null);
    }
  }

  @Test
  void imagesBeingDecodedAreStillOnTheirWay() throws InterruptedException {
    var feed = new MemoryImageFeed();
    try (var ahead =
        new Prefetcher(
            feed,
            this::heldUp,
            LearnerSettings.defaults(),
            LearnerMetrics.NONE,
            InstantSource.system())) {
      ahead.start();
      ahead.settled(0);
      await().until(() -> ahead.caughtUpTo() != null);
      feed.append("a", new byte[] {0});
      feed.append("b", new byte[] {1});
      feed.append("c", new byte[] {2});
      assertThat(decoding.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(ahead.caughtUpTo()).isNull();
      await().untilAsserted(() -> assertThat(ahead.lag()).hasValue(3));

      goOn.countDown();
      long images = 0;
      long batches = 0;
      while (images < 3) {
        PreparedBatch batch = ahead.poll(Duration.ofSeconds(20));
        batches++;
        images += Objects.requireNonNull(batch).images().size() + batch.undecodable();
      }
      await().untilAsserted(() -> assertThat(ahead.lag()).hasValue(0));
      assertThat(ahead.caughtUpTo()).as("in the learner's hand").isNull();
      ahead.settled(batches);
      Instant now = Instant.now();
      await()
          .until(
              () -> {
                Instant to = ahead.caughtUpTo();
                return to != null && !to.isBefore(now);
              });
    }
  }
}
