package io.millrace.ingest.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link ImageFeed} does. */
public abstract class ImageFeedContract {
  private static final int WINDOW = 4;

  private FeedLog log;
  private ImageFeed feed;

  /** A log of so many partitions. */
  protected abstract FeedLog newLog(int partitions);

  /** How long a feed needs to see that nothing more comes. */
  protected Duration quiet() {
    return Duration.ofMillis(20);
  }

  @BeforeEach
  void open() {
    log = newLog(3);
    feed = log.open(WINDOW);
  }

  @AfterEach
  void close() {
    feed.close();
    log.close();
  }

  @Test
  void takesOneRecordOfEachPartitionInTurn() {
    images(0, "a1", "a2", "a3", "a4");
    images(1, "b1");
    images(2, "c1", "c2");

    assertThat(ids(next(4))).containsExactly("a1", "b1", "c1", "a2");
    assertThat(ids(next(4))).containsExactly("c2", "a3", "a4");
    assertThat(next(4)).isNull();
  }

  @Test
  void goesOnInTheMiddleOfARound() {
    images(0, "a1", "a2");
    images(1, "b1", "b2");
    images(2, "c1", "c2");

    FeedBatch first = next(2);
    assertThat(ids(first)).containsExactly("a1", "b1");
    reopenAt(first.next());
    assertThat(ids(next(2))).containsExactly("c1", "a2");
  }

  @Test
  void givesBytesAndPlaceOfAnImage() {
    log.append(1, "x", "content");
    FeedImage image = next(1).images().get(0);

    assertThat(image.id()).isEqualTo("x");
    assertThat(image.bytes()).asString().isEqualTo("content");
    assertThat(image.partition()).isEqualTo(1);
    assertThat(image.offset()).isZero();
  }

  @Test
  void skipsBytesTakenInLatelyAndCountsThem() {
    log.append(0, "a", "same");
    log.append(0, "b", "same");
    log.append(0, "c", "other");

    FeedBatch batch = next(5);
    assertThat(ids(batch)).containsExactly("a", "c");
    assertThat(batch.duplicates()).isEqualTo(1);
  }

  @Test
  void remembersAcrossARestartButNoMoreThanTheWindow() {
    log.append(0, "first", "0");
    for (int i = 1; i < WINDOW; i++) {
      log.append(0, "x" + i, "" + i);
    }
    FeedBatch batch = next(WINDOW);
    log.append(0, "again", "0");
    log.append(0, "new", "new");
    log.append(0, "after the window", "0");
    reopenAt(batch.next());

    FeedBatch rest = next(5);
    assertThat(ids(rest)).containsExactly("new", "after the window");
    assertThat(rest.duplicates()).isEqualTo(1);
    assertThat(rest.next().seen().size()).isEqualTo(WINDOW);
  }

  @Test
  void reportsNothingButDuplicatesAsABatchWithoutImages() {
    images(0, "a");
    next(1);
    log.append(0, "b", "a");

    FeedBatch batch = next(5);
    assertThat(batch.images()).isEmpty();
    assertThat(batch.duplicates()).isEqualTo(1);
    assertThat(batch.next().partitions().get(0).nextOffset()).isEqualTo(2);
  }

  @Test
  void forgetsInTheOrderOfTheLog() {
    images(0, "early");
    next(1);
    images(0, "kept", "dropped");
    log.forget(0, "dropped");
    log.forget(0, "early");
    log.append(0, "dropped", "sent again with other bytes");

    FeedBatch batch = next(5);
    assertThat(batch.forgotten()).containsExactly("dropped", "early");
    assertThat(ids(batch)).containsExactly("kept", "dropped");
    assertThat(batch.images().get(1).bytes()).asString().startsWith("sent again");
  }

  @Test
  void fillsABatchOverTombstonesAndDuplicates() {
    log.append(0, "a", "a");
    log.append(0, "a2", "a");
    log.forget(0, "x");
    images(0, "b", "c");

    FeedBatch batch = next(2);
    assertThat(ids(batch)).containsExactly("a", "b");
    assertThat(ids(next(2))).containsExactly("c");
  }

  @Test
  void endsABatchBeforeTombstonesFillTheMemory() {
    log.forgetAll(
        0, IntStream.rangeClosed(0, RoundRobin.MOST_FORGOTTEN).mapToObj(i -> "x" + i).toList());
    assertThat(next(1).forgotten()).hasSize(RoundRobin.MOST_FORGOTTEN);
    assertThat(next(1).forgotten()).hasSize(1);
  }

  @Test
  void givesTheSameRestAfterAStopAtAnyBatch() {
    for (int i = 0; i < 20; i++) {
      log.append(i % 7 % 3, "i" + i, "" + i % 13);
      if (i % 5 == 4) {
        log.forget((i - 2) % 7 % 3, "i" + (i - 2));
      }
    }
    List<FeedBatch> whole = drain(3);
    for (int stop = 0; stop < whole.size(); stop++) {
      reopenAt(whole.get(stop).next());
      assertThat(drain(3).stream().map(ImageFeedContract::content))
          .containsExactlyElementsOf(
              whole.subList(stop + 1, whole.size()).stream()
                  .map(ImageFeedContract::content)
                  .toList());
    }
  }

  @Test
  void knowsHowFarItIsBehind() {
    images(0, "a", "b");
    images(2, "c");
    next(1);
    assertThat(feed.lag()).hasValue(2);
    next(5);
    assertThat(feed.lag()).hasValue(0);
  }

  @Test
  void refusesAPositionThatTheLogHasNotReached() {
    images(0, "a", "b");
    FeedPosition at = next(5).next();
    FeedPosition beyond =
        new FeedPosition(
            at.clusterId(),
            at.topicId(),
            Map.of(0, new PartitionPosition(9, -1)),
            0,
            HashWindow.EMPTY);

    assertThatThrownBy(() -> feed.seek(beyond))
        .isInstanceOf(PositionMismatchException.class)
        .hasMessageContaining("offset 9 of ")
        .hasMessageContaining("2");
  }

  @Test
  void stopsWaitingWhenAsked() throws Exception {
    var waiting = CompletableFuture.supplyAsync(() -> feed.next(5, Duration.ofHours(1)) == null);
    feed.stopWaiting();
    assertThat(waiting.get(20, TimeUnit.SECONDS)).as("came back without a batch").isTrue();
  }

  @Test
  void showsProgressWithoutHarm() {
    images(0, "a", "b");
    feed.showProgress(next(1).next());
    assertThat(ids(next(1))).containsExactly("b");
  }

  private void images(int partition, String... ids) {
    for (String id : ids) {
      log.append(partition, id, id);
    }
  }

  private void reopenAt(FeedPosition position) {
    feed.close();
    feed = log.open(WINDOW);
    feed.seek(position);
  }

  private FeedBatch next(int size) {
    return FeedBatches.next(feed, size, quiet());
  }

  private List<FeedBatch> drain(int size) {
    List<FeedBatch> batches = new ArrayList<>();
    for (FeedBatch b = next(size); b != null; b = next(size)) {
      batches.add(b);
    }
    return batches;
  }

  static List<String> ids(@Nullable FeedBatch batch) {
    return batch == null ? List.of() : batch.images().stream().map(FeedImage::id).toList();
  }

  /** What a batch holds, as text. */
  static String content(FeedBatch batch) {
    return batch.forgotten() + " " + ids(batch) + " " + batch.duplicates();
  }
}
