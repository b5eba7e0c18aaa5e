package io.millrace.ingest.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.image.ContentHash;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class KafkaImageFeedTest extends ImageFeedContract {
  private static final Duration QUIET = Duration.ofMillis(2);

  private final ScriptedLog log = new ScriptedLog(2, 11);

  @Override
  protected FeedLog newLog(int partitions) {
    return new ScriptedLog(partitions, 7);
  }

  @Override
  protected Duration quiet() {
    return QUIET;
  }

  @Test
  void refusesAnotherClusterAndNamesBoth() {
    FeedPosition position = positionAfterOneImage();
    log.clusterId = "cluster-2";
    assertThatThrownBy(() -> log.open(0).seek(position))
        .isInstanceOf(PositionMismatchException.class)
        .hasMessageContaining("Kafka cluster 'cluster-1', this is 'cluster-2'");
  }

  @Test
  void refusesATopicMadeAgainAndNamesBoth() {
    FeedPosition position = positionAfterOneImage();
    log.topicId = "topic-2";
    assertThatThrownBy(() -> log.open(0).seek(position))
        .isInstanceOf(PositionMismatchException.class)
        .hasMessageContaining("topic id of images.accepted 'topic-1', this is 'topic-2'");
  }

  @Test
  void saysThatTheClusterDoesNotAnswer() {
    log.answers = false;
    assertThatThrownBy(() -> log.open(0).seek(FeedPosition.start()))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("did not describe images.accepted")
        .hasMessageContaining("no answer");
  }

  @Test
  void noticesThatTheTopicWasMadeAgainWhileItReads() {
    ImageFeed feed = log.open(0);
    feed.next(1, QUIET);
    log.topicId = "topic-2";
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> feed.next(1, QUIET))
                    .isInstanceOf(PositionMismatchException.class));
  }

  @Test
  void whatIsADuplicateGoesByWhatTheProducerSent() {
    String original = ContentHash.sha256("a photograph".getBytes(StandardCharsets.UTF_8));
    log.appendChanged(0, "a", "shrunk to 512", original);
    log.appendChanged(0, "b", "shrunk to 256, by a later setting", original);
    log.append(0, "c", "a photograph"); // from before anything was shrunk
    log.append(0, "d", "shrunk to 512"); // another image that looks like what was made of the first
    FeedBatch batch = FeedBatches.next(log.open(16), 9, QUIET);
    assertThat(ids(batch)).containsExactly("a", "d");
    assertThat(batch.duplicates()).isEqualTo(2);
  }

  @Test
  void countsWhatRetentionRemovedBeforeTheStart() {
    FeedPosition position = positionAfterOneImage();
    for (int i = 0; i < 5; i++) {
      log.append(0, "x" + i, "x" + i);
    }
    log.retainFrom(0, 4);

    KafkaImageFeed feed = log.open(0);
    feed.seek(position);
    FeedBatch batch = FeedBatches.next(feed, 9, QUIET);
    assertThat(batch.gaps()).isEqualTo(3);
    assertThat(ids(batch)).containsExactly("x3", "x4");
  }

  @Test
  void countsWhatRetentionRemovedWhileItReads() {
    log.append(0, "a", "a");
    KafkaImageFeed feed = log.open(0);
    FeedBatches.next(feed, 1, QUIET);
    log.append(0, "b", "b");
    log.append(0, "c", "c");
    log.retainFrom(0, 2);

    FeedBatch batch = FeedBatches.next(feed, 1, QUIET);
    assertThat(ids(batch)).containsExactly("c");
    assertThat(batch.gaps()).isEqualTo(1);
  }

  @Test
  void passesOverTransactionMarkersAndSaysSoInItsPosition() {
    log.append(0, "a", "a");
    log.marker(0);
    log.marker(1);
    log.append(0, "b", "b");
    log.marker(0);

    KafkaImageFeed feed = log.open(0);
    FeedBatch batch = FeedBatches.next(feed, 5, QUIET);
    assertThat(ids(batch)).containsExactly("a", "b");
    assertThat(batch.next().partitions().get(0).nextOffset()).isEqualTo(4);
    assertThat(batch.next().partitions().get(1).nextOffset()).isEqualTo(1);
    assertThat(feed.lag()).hasValue(0);
  }

  @Test
  void findsNewPartitionsAndReadsThemFromTheirStart() {
    KafkaImageFeed feed = log.open(0);
    feed.next(1, QUIET);
    log.addPartitions(1);
    log.append(2, "new", "new");

    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(ids(feed.next(1, QUIET))).containsExactly("new"));
  }

  @Test
  void readsAPartitionThatAPositionDoesNotKnowFromItsStart() {
    FeedPosition position = positionAfterOneImage();
    log.addPartitions(1);
    log.append(2, "new", "new");

    KafkaImageFeed feed = log.open(0);
    feed.seek(position);
    assertThat(ids(FeedBatches.next(feed, 5, QUIET))).containsExactly("new");
  }

  @Test
  void waitsForAPartitionThatIsNotReadToItsEnd() {
    log.append(1, "b1", "b1");
    ScriptedConsumer consumer = new ScriptedConsumer(log, 3);
    KafkaImageFeed feed = log.open(consumer, ScriptedLog.settings(0, 1 << 20));
    log.append(0, "a1", "a1");
    consumer.hold(0);

    for (int i = 0; i < 20; i++) {
      assertThat(feed.next(1, QUIET)).isNull();
    }
    consumer.hold(-1);
    assertThat(ids(FeedBatches.next(feed, 2, QUIET))).containsExactly("a1", "b1");
  }

  @Test
  void fetchesOnlyWhatTheRoundWaitsForWhenItsBufferIsFull() {
    String large = "x".repeat(400_000);
    for (int i = 0; i < 10; i++) {
      log.append(1, "b" + i, i + large);
    }
    log.append(0, "a", "a");
    ScriptedConsumer consumer = new ScriptedConsumer(log, 3);
    KafkaImageFeed feed = log.open(consumer, ScriptedLog.settings(0, 1 << 20));
    consumer.hold(0);
    for (int i = 0; i < 50; i++) {
      assertThat(feed.next(2, QUIET)).isNull();
    }
    assertThat(consumer.fetched()).containsExactly(0);
    assertThat(consumer.mostRead(1)).isLessThanOrEqualTo(6);

    consumer.hold(-1);
    assertThat(ids(FeedBatches.next(feed, 2, QUIET))).containsExactly("a", "b0");
    assertThat(ids(FeedBatches.next(feed, 20, QUIET))).hasSize(9);
  }

  private FeedPosition positionAfterOneImage() {
    log.append(0, "a", "a");
    return FeedBatches.next(log.open(0), 1, QUIET).next();
  }
}
