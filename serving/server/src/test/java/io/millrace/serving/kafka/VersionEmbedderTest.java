package io.millrace.serving.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.stream.Propagation;
import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VersionEmbedderTest {
  private static final String ACCEPTED = "images.accepted";
  private static final String EMBEDDINGS = "embeddings";
  private static final String REFRESH = "embedding.refresh";
  private static final TopicPartition P0 = new TopicPartition(ACCEPTED, 0);
  private static final TopicPartition P1 = new TopicPartition(ACCEPTED, 1);
  private static final Duration NO_WAIT = Duration.ZERO;

  private final List<String> counted = new ArrayList<>();
  private final Set<Long> versions = new TreeSet<>();
  private long now = 1_000_000;
  private MockConsumer<byte[], byte[]> consumer = consumer();
  private int fenced; // so many further producers
  private MockProducer<byte[], byte[]> producer; // the latest
  private final DecodePool decoders = new DecodePool(1, VersionEmbedderTest::decode);
  private final EmbeddingPublisher publisher =
      new EmbeddingPublisher(this::nextProducer, "serving-1", EMBEDDINGS);
  private final EmbedderContext context =
      new EmbedderContext(
          ACCEPTED,
          "id of the log",
          REFRESH,
          publisher,
          decoders,
          settings(),
          metrics(),
          this::instant,
          () -> versions,
          this::positions,
          () -> 1,
          "targets",
          Propagation.defaults());
  private final Map<Long, Map<TopicPartition, Long>> positions = new HashMap<>();
  private VersionEmbedder embedder;

  private Map<TopicPartition, Long> positions(long version) {
    return positions.getOrDefault(version, Map.of());
  }

  private Instant instant() {
    return Instant.ofEpochMilli(now);
  }

  @BeforeEach
  void start() {
    embedder = embedder(1, 7);
  }

  @AfterEach
  void stop() {
    embedder.close();
    decoders.close();
  }

  @Test
  void beginsAtTheLogsStartAndIsCompleteAtTheEndThatItFound() {
    log(P0, 0, "a", "b", "c");
    end(P0, 3);
    rebalance(P0);
    turns(3);

    assertThat(keys(EMBEDDINGS)).containsExactly("a@1", "b@1", "c@1");
    List<RefreshRecord> refresh = refreshRecords();
    assertThat(refresh.get(0).state()).isEqualTo(RefreshRecord.State.STARTED);
    RefreshRecord last = refresh.get(refresh.size() - 1);
    assertThat(last.state()).isEqualTo(RefreshRecord.State.COMPLETE);
    assertThat(last.end()).isEqualTo(3);
    assertThat(last.position()).isEqualTo(3);
    assertThat(last.records()).isEqualTo(3);
    assertThat(last.promotion()).isEqualTo(7);
    assertThat(committed().get(P0).offset()).isEqualTo(3);
  }

  @Test
  void catchesUpWithWhatCameMeanwhileBeforeItIsComplete() {
    log(P0, 0, ids(0, 100));
    end(P0, 100);
    rebalance(P0);
    end(P0, 120);
    turns(20);
    assertThat(refreshRecords().get(0).end()).isEqualTo(100);
    assertThat(lastRefreshRecord().state()).isNotEqualTo(RefreshRecord.State.COMPLETE);
    assertThat(committed().get(P0).offset()).isEqualTo(100);

    log(P0, 100, ids(100, 120));
    turns(10);
    assertThat(lastRefreshRecord().state()).isEqualTo(RefreshRecord.State.COMPLETE);
    assertThat(lastRefreshRecord().end()).isEqualTo(120);
    assertThat(embedder.embedded()).isEqualTo(120);
  }

  @Test
  void isCompleteWhereMoreComesThanItCouldCatchUpWith() {
    log(P0, 0, ids(0, 100));
    end(P0, 100);
    rebalance(P0);
    end(P0, 160);
    turns(20);
    assertThat(lastRefreshRecord().state()).isEqualTo(RefreshRecord.State.COMPLETE);
    assertThat(lastRefreshRecord().end()).isEqualTo(100);
  }

  private static String[] ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "i" + i).toArray(String[]::new);
  }

  private RefreshRecord lastRefreshRecord() {
    List<RefreshRecord> all = refreshRecords();
    return all.get(all.size() - 1);
  }

  @Test
  void anEmptyPartitionIsCompleteAtOnce() {
    end(P0, 0);
    rebalance(P0);
    turns(1);
    assertThat(refreshRecords())
        .extracting(RefreshRecord::state)
        .containsExactly(RefreshRecord.State.STARTED, RefreshRecord.State.COMPLETE);
  }

  @Test
  void anAbortedBatchIsReadAgainAndPublishedOnce() {
    log(P0, 0, "a", "b");
    end(P0, 2);
    rebalance(P0);
    turns(1);
    producer.commitTransactionException = new KafkaException("the broker is gone");
    turns(1);
    assertThat(keys(EMBEDDINGS)).isEmpty();
    assertThat(embedder.embedded()).isZero();
    assertThat(counted).contains("aborted");
    producer.commitTransactionException = null;
    log(P0, 0, "a", "b"); // the mock forgets what it has given out
    turns(3);
    assertThat(keys(EMBEDDINGS)).containsExactly("a@1", "b@1");
  }

  @Test
  void aProcessThatAnotherOneReplacedEnds() {
    log(P0, 0, "a");
    end(P0, 1);
    rebalance(P0);
    producer.commitTransactionException = new ProducerFencedException("newer");
    fenced = 100;
    assertThatThrownBy(
            () -> {
              for (int turn = 0; turn < 10; turn++) {
                log(P0, 0, "a"); // the mock forgets what it has given out
                turns(2);
              }
            })
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'serving-1'");
    assertThat(keys(EMBEDDINGS)).isEmpty();
  }

  /** After the broker stood still it says the same as where another process took over. */
  @Test
  void aTransactionThatTheBrokerGaveUpIsMadeAgain() {
    log(P0, 0, "a", "b");
    end(P0, 2);
    rebalance(P0);
    MockProducer<byte[], byte[]> first = producer;
    first.commitTransactionException = new ProducerFencedException("newer");
    turns(2);
    assertThat(producer).isNotSameAs(first);
    assertThat(first.closed()).isTrue();
    log(P0, 0, "a", "b");
    turns(3);
    assertThat(keys(EMBEDDINGS)).containsExactly("a@1", "b@1");
    assertThat(embedder.embedded()).isEqualTo(2);
  }

  /** What a fenced producer was sending fails for its old epoch; the abort says what it is. */
  @Test
  void aFencedProducerThatHearsSoAtTheAbortIsReplaced() {
    var causes =
        Map.of(
            new KafkaException("an error state", new InvalidProducerEpochException("old")),
            new ProducerFencedException("newer"),
            new InvalidTxnStateException("ended by another"),
            new KafkaException("an error state"));
    rebalance(P0);
    end(P0, 2);
    causes.forEach(
        (failed, abort) -> {
          MockProducer<byte[], byte[]> before = producer;
          before.commitTransactionException = failed;
          before.abortTransactionException = abort;
          log(P0, 0, "a", "b");
          turns(2);
          assertThat(producer).as(failed.toString()).isNotSameAs(before);
          assertThat(before.closed()).isTrue();
        });
    log(P0, 0, "a", "b");
    turns(3);
    assertThat(keys(EMBEDDINGS)).containsExactly("a@1", "b@1");
    assertThat(embedder.embedded()).isEqualTo(2);
  }

  @Test
  void aTransactionThatCannotBeAbortedEndsTheProcess() {
    log(P0, 0, "a", "b");
    end(P0, 2);
    rebalance(P0);
    producer.commitTransactionException = new KafkaException("the disk is full");
    producer.abortTransactionException = new KafkaException("an error state");
    assertThatThrownBy(() -> turns(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be aborted")
        .cause()
        .hasMessageContaining("the disk is full");
  }

  @Test
  void goesOnAtTheCommittedPositionWithTheSameEnd() {
    log(P0, 0, "a", "b", "c", "d");
    end(P0, 6);
    rebalance(P0);
    turns(3);
    Map<TopicPartition, OffsetAndMetadata> before = committed();
    assertThat(before.get(P0).offset()).isEqualTo(4);
    producer.clear();

    consumer = consumer();
    embedder = embedder(1, 7);
    consumer.commitSync(before);
    log(P0, 4, "e", "f", "g");
    end(P0, 7); // more has come meanwhile: the end of the re-embedding stays where it was
    rebalance(P0);
    turns(3);
    assertThat(keys(EMBEDDINGS)).containsExactly("e@1", "f@1", "g@1");
    RefreshRecord last = refreshRecords().get(refreshRecords().size() - 1);
    assertThat(last.state()).isEqualTo(RefreshRecord.State.COMPLETE);
    assertThat(last.end()).isEqualTo(6);
    assertThat(last.records()).isEqualTo(7);
  }

  @Test
  void anotherPromotionOfTheVersionStartsARefreshFromItsPosition() {
    log(P0, 0, "a", "b");
    end(P0, 2);
    rebalance(P0);
    turns(3);
    Map<TopicPartition, OffsetAndMetadata> before = committed();
    producer.clear();

    consumer = consumer();
    embedder = embedder(1, 12);
    consumer.commitSync(before);
    log(P0, 2, "c");
    end(P0, 3);
    rebalance(P0);
    turns(3);
    assertThat(keys(EMBEDDINGS)).containsExactly("c@1");
    assertThat(refreshRecords().get(0).state()).isEqualTo(RefreshRecord.State.STARTED);
    assertThat(refreshRecords().get(0).start()).isEqualTo(2);
    assertThat(refreshRecords()).allSatisfy(record -> assertThat(record.promotion()).isEqualTo(12));
  }

  @Test
  void aTombstoneReachesEveryVersionThatHasEmbeddings() {
    versions.addAll(Set.of(1L, 3L));
    embedder.close();
    consumer = consumer();
    embedder = embedder(2, 9);
    log(P0, 0, "a", "-a", "b");
    end(P0, 3);
    rebalance(P0);
    turns(3);
    assertThat(sent(EMBEDDINGS))
        .extracting(r -> text(r.key()) + (r.value() == null ? " gone" : ""))
        .containsExactly("a@2", "a@1 gone", "a@2 gone", "a@3 gone", "b@2");
    assertThat(embedder.forgotten()).isEqualTo(1);
  }

  @Test
  void aTombstoneIsNotPassedOnToAVersionThatIsBeyondIt() {
    versions.addAll(Set.of(1L, 3L));
    positions.put(1L, Map.of(P0, 2L)); // it may have embedded the same id anew since
    positions.put(3L, Map.of(P0, 1L));
    embedder.close();
    consumer = consumer();
    embedder = embedder(2, 9);
    log(P0, 0, "a", "-a", "b");
    end(P0, 3);
    rebalance(P0);
    turns(3);
    assertThat(sent(EMBEDDINGS))
        .extracting(r -> text(r.key()) + (r.value() == null ? " gone" : ""))
        .containsExactly("a@2", "a@2 gone", "a@3 gone", "b@2");
  }

  @Test
  void imagesWithoutADirectionOrPixelsAreCountedAndNeverPublished() {
    log(P0, 0, "a", "nan", "zero", "broken", "b");
    end(P0, 5);
    rebalance(P0);
    turns(4);
    assertThat(keys(EMBEDDINGS)).containsExactly("a@1", "b@1");
    assertThat(counted)
        .filteredOn(c -> c.startsWith("NOT"))
        .containsExactlyInAnyOrder("NOT_FINITE", "NOT_FINITE", "NOT_DECODED");
    RefreshRecord last = refreshRecords().get(refreshRecords().size() - 1);
    assertThat(last.unembeddable()).isEqualTo(3);
    assertThat(last.records()).isEqualTo(5);
  }

  @Test
  void whatRetentionRemovedIsCountedAndTheRestEmbedded() {
    log(P0, 0, "a");
    end(P0, 9);
    rebalance(P0);
    turns(2);
    Map<TopicPartition, OffsetAndMetadata> before = committed();
    producer.clear();

    consumer = consumer();
    consumer.updateBeginningOffsets(Map.of(P0, 6L, P1, 0L));
    embedder = embedder(1, 7);
    consumer.commitSync(before);
    log(P0, 6, "g", "h", "i");
    end(P0, 9);
    rebalance(P0);
    turns(3);
    assertThat(keys(EMBEDDINGS)).containsExactly("g@1", "h@1", "i@1");
    assertThat(counted).contains("gap 5");
    RefreshRecord last = refreshRecords().get(refreshRecords().size() - 1);
    assertThat(last.complete()).isTrue();
  }

  @Test
  void aPartitionThatMovesAwayTakesItsUnpublishedImagesAlong() {
    end(P0, 20);
    end(P1, 20);
    rebalance(P0, P1);
    turns(1);
    add(P0, 0, "a", "b");
    add(P1, 0, "c");
    embedder.runOnce(NO_WAIT, NO_WAIT); // read, not yet published: more may come for the batch
    assertThat(keys(EMBEDDINGS)).isEmpty();
    rebalance(P0);
    turns(2);
    assertThat(keys(EMBEDDINGS)).containsExactlyInAnyOrder("a@1", "b@1");
    assertThat(committed().get(P0).offset()).isEqualTo(2);
    assertThat(embedder.owns(1)).isFalse();
  }

  @Test
  void waitsForItsBatchNoLongerThanItsLinger() {
    end(P0, 20);
    rebalance(P0);
    turns(1);
    log(P0, 0, "a");
    assertThat(embedder.runOnce(NO_WAIT, NO_WAIT)).isFalse();
    now += 1000;
    log(P0, 1, "b");
    assertThat(embedder.runOnce(NO_WAIT, NO_WAIT)).isTrue();
    assertThat(keys(EMBEDDINGS)).containsExactly("a@1", "b@1");
  }

  @Test
  void quickBatchesShareATransaction() {
    log(P0, 0, "a", "b", "c", "d");
    log(P0, 4, "e", "f", "-a", "g");
    log(P0, 8, "h");
    end(P0, 9);
    rebalance(P0);
    turns(1);
    assertThat(producer.commitCount()).isEqualTo(1);
    assertThat(keys(EMBEDDINGS))
        .containsExactly("a@1", "b@1", "c@1", "d@1", "e@1", "f@1", "a@1", "g@1");
    assertThat(committed().get(P0).offset()).isEqualTo(8);
  }

  @Test
  void whatCameWhileItWasAwayWaitsForNothingMore() {
    end(P0, 20);
    rebalance(P0);
    turns(1);
    now += 1000; // a batch of the re-embedding, say
    log(P0, 0, "a");
    assertThat(embedder.runOnce(NO_WAIT, NO_WAIT)).isTrue();
    assertThat(keys(EMBEDDINGS)).containsExactly("a@1");
  }

  // What surrounds it.

  private VersionEmbedder embedder(long version, long promotion) {
    return new VersionEmbedder(
        new Toy(new ModelVersion("model", version)), consumer, promotion, context);
  }

  private static MockConsumer<byte[], byte[]> consumer() {
    var consumer = new MockConsumer<byte[], byte[]>("none");
    consumer.updatePartitions(ACCEPTED, List.of(info(ACCEPTED, 0), info(ACCEPTED, 1)));
    consumer.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
    consumer.updateEndOffsets(Map.of(P0, 0L, P1, 0L));
    return consumer;
  }

  private Producer<byte[], byte[]> nextProducer() {
    producer = producer();
    if (fenced-- > 0) {
      producer.commitTransactionException = new ProducerFencedException("newer");
    }
    return producer;
  }

  private static MockProducer<byte[], byte[]> producer() {
    return new MockProducer<>(
        Cluster.empty()
            .withPartitions(Map.of(new TopicPartition(EMBEDDINGS, 0), info(EMBEDDINGS, 0))),
        true,
        null,
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static PartitionInfo info(String topic, int partition) {
    return new PartitionInfo(topic, partition, Node.noNode(), new Node[0], new Node[0]);
  }

  private static ServingSettings settings() {
    ServingSettings d = ServingSettings.defaults();
    return new ServingSettings(
        4,
        Duration.ofMillis(500),
        2,
        1,
        1,
        d.instance(),
        d.transactionTimeout(),
        d.progressEvery(),
        d.retryDelay(),
        false);
  }

  private ServingMetrics metrics() {
    return new ServingMetrics() {
      @Override
      public void unembeddable(Cause cause) {
        counted.add(cause.name());
      }

      @Override
      public void gap(long version, long records) {
        counted.add("gap " + records);
      }

      @Override
      public void aborted() {
        counted.add("aborted");
      }
    };
  }

  /** Appends images by id; an id after a dash is a tombstone. */
  private void log(TopicPartition partition, long from, String... ids) {
    consumer.schedulePollTask(() -> add(partition, from, ids));
  }

  private void add(TopicPartition partition, long from, String... ids) {
    for (int i = 0; i < ids.length; i++) {
      boolean tombstone = ids[i].startsWith("-");
      String id = tombstone ? ids[i].substring(1) : ids[i];
      consumer.addRecord(
          new ConsumerRecord<>(
              partition.topic(),
              partition.partition(),
              from + i,
              utf8(id),
              tombstone ? null : utf8(id)));
    }
  }

  private void end(TopicPartition partition, long offset) {
    consumer.updateEndOffsets(Map.of(partition, offset));
  }

  private void rebalance(TopicPartition... partitions) {
    consumer.rebalance(List.of(partitions));
  }

  private void turns(int count) {
    for (int i = 0; i < count; i++) {
      embedder.runOnce(NO_WAIT, NO_WAIT);
    }
  }

  // What it published.

  private List<ProducerRecord<byte[], byte[]>> sent(String topic) {
    return producer.history().stream().filter(r -> r.topic().equals(topic)).toList();
  }

  private Collection<String> keys(String topic) {
    return sent(topic).stream().map(r -> text(r.key())).toList();
  }

  private List<RefreshRecord> refreshRecords() {
    return sent(REFRESH).stream().map(r -> parse(r.value())).toList();
  }

  private static RefreshRecord parse(byte[] json) {
    try {
      return RefreshRecord.parse(json);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private Map<TopicPartition, OffsetAndMetadata> committed() {
    var all = new java.util.HashMap<TopicPartition, OffsetAndMetadata>();
    producer.consumerGroupOffsetsHistory().forEach(groups -> groups.values().forEach(all::putAll));
    return all;
  }

  private static DecodeOutcome decode(byte[] bytes) {
    return switch (text(bytes)) {
      case "broken" -> new DecodeOutcome.Rejected(RejectionReason.CORRUPT, "test");
      case "nan" -> pixel(1);
      case "zero" -> pixel(0);
      default -> pixel(2);
    };
  }

  private static DecodeOutcome pixel(int value) {
    return new DecodeOutcome.Decoded(new PixelImage(1, 1, new byte[] {(byte) value, 0, 0}));
  }

  private record Toy(ModelVersion version) implements Embedder {
    @Override
    public int dim() {
      return 2;
    }

    @Override
    public String preprocessingHash() {
      return "hash";
    }

    @Override
    public float[] input(PixelImage image) {
      return new float[] {image.rgb()[0] == 1 ? Float.NaN : image.rgb()[0], 0};
    }

    @Override
    public List<@Nullable Embedding> embedInputs(List<float[]> inputs) {
      List<@Nullable Embedding> out = new ArrayList<>();
      inputs.forEach(input -> out.add(Embedding.of(input)));
      return out;
    }

    @Override
    public void close() {}
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
