package io.millrace.ingest.feed;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.ImageId;
import io.millrace.ingest.stream.ImageTracer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads images.accepted from the positions that a checkpoint owns: all partitions, assigned and
 * never by a group, committed records only. New partitions are found while it runs and read from
 * their start. What retention removed before it was read is counted as a gap.
 */
public final class KafkaImageFeed implements ImageFeed {
  private static final Logger log = LoggerFactory.getLogger(KafkaImageFeed.class);
  private static final long ENDS_EVERY_NANOS = 1_000_000_000L;

  private static final Duration LAST_COMMIT = Duration.ofSeconds(3);

  /** How soon the end of waiting is noticed. */
  private static final Duration LONGEST_POLL = Duration.ofMillis(200);

  private final Consumer<byte[], byte[]> consumer;
  private final TopicInspector inspector;
  private final String topic;
  private final FeedSettings settings;
  private final ImageTracer tracer;

  private @Nullable RoundRobin round;
  private TopicFacts facts = new TopicFacts("", "", 0);
  private Map<Integer, PartitionPosition> delivered = new HashMap<>();
  private Set<TopicPartition> paused = Set.of();
  private Map<TopicPartition, OffsetAndMetadata> shown = Map.of();
  private @Nullable CompletableFuture<TopicFacts> inspection;
  private long inspectedAt;
  private Map<TopicPartition, Long> ends = Map.of();
  private volatile boolean waitsNoMore;
  private long endsAskedAt = System.nanoTime() - 2 * ENDS_EVERY_NANOS;

  KafkaImageFeed(
      Consumer<byte[], byte[]> consumer,
      TopicInspector inspector,
      String topic,
      FeedSettings settings,
      ImageTracer tracer) {
    this.consumer = consumer;
    this.inspector = inspector;
    this.topic = topic;
    this.settings = settings;
    this.tracer = tracer;
  }

  /** Opens a feed that traces nothing; see the other. */
  public static KafkaImageFeed open(
      String topic, String group, Map<String, Object> client, FeedSettings settings) {
    return open(topic, group, client, settings, ImageTracer.OFF);
  }

  /**
   * Opens a feed.
   *
   * @param topic images.accepted with its prefix
   * @param group where {@link #showProgress} commits
   * @param client how to reach the cluster: bootstrap.servers, security; what the feed's meaning
   *     depends on cannot be changed by it
   * @param tracer told of each image when it is read; who consumes it ends its span
   */
  public static KafkaImageFeed open(
      String topic,
      String group,
      Map<String, Object> client,
      FeedSettings settings,
      ImageTracer tracer) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            consumerProperties(group, client, settings),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    return new KafkaImageFeed(
        consumer, new AdminTopicInspector(Admin.create(client), topic), topic, settings, tracer);
  }

  private static Map<String, Object> consumerProperties(
      String group, Map<String, Object> client, FeedSettings settings) {
    Map<String, Object> properties = new HashMap<>(client);
    properties.put("group.id", group);
    properties.put("enable.auto.commit", false);
    properties.put("isolation.level", "read_committed");
    properties.put("auto.offset.reset", "none");
    properties.put("fetch.max.bytes", settings.fetchBytes());
    properties.put("max.partition.fetch.bytes", settings.partitionFetchBytes());
    properties.put("max.poll.records", settings.pollRecords());
    properties.put("default.api.timeout.ms", (int) settings.requestTimeout().toMillis());
    return properties;
  }

  @Override
  public void seek(FeedPosition position) {
    facts = inspectNow();
    PositionCheck.require(topic, position, facts);
    RoundRobin fresh = new RoundRobin(position, settings.duplicateWindow());
    List<TopicPartition> all = partitions(0, facts.partitions());
    Map<TopicPartition, Long> begin = consumer.beginningOffsets(all);
    Map<TopicPartition, Long> end = consumer.endOffsets(all);
    consumer.assign(all);
    for (TopicPartition partition : all) {
      PartitionPosition at =
          position
              .partitions()
              .getOrDefault(partition.partition(), new PartitionPosition(begin.get(partition), -1));
      if (at.nextOffset() > end.get(partition)) {
        throw PositionCheck.endsBefore(partition, at.nextOffset(), end.get(partition));
      }
      fresh.open(partition.partition(), at);
      if (at.nextOffset() < begin.get(partition)) {
        goOnAtStart(fresh, partition, begin.get(partition));
      } else {
        goTo(partition, at);
      }
    }
    round = fresh;
    delivered = fresh.positions();
    paused = Set.of();
    inspection = null;
    inspectedAt = System.nanoTime();
  }

  private List<TopicPartition> partitions(int from, int to) {
    return IntStream.range(from, to).mapToObj(p -> new TopicPartition(topic, p)).toList();
  }

  private void goTo(TopicPartition partition, PartitionPosition at) {
    // With its epoch the consumer checks that the log still holds what was read.
    consumer.seek(partition, committed(at));
  }

  private static OffsetAndMetadata committed(PartitionPosition at) {
    return new OffsetAndMetadata(
        at.nextOffset(),
        at.leaderEpoch() < 0 ? Optional.empty() : Optional.of(at.leaderEpoch()),
        "");
  }

  private void goOnAtStart(RoundRobin round, TopicPartition partition, long logStart) {
    log.warn(
        "retention removed {} from offset {} before it was read; it goes on at {}, {} offsets"
            + " later",
        partition,
        round.readTo(partition.partition()),
        logStart,
        logStart - round.readTo(partition.partition()));
    round.skip(partition.partition(), logStart);
    consumer.seek(partition, logStart);
  }

  @Override
  public @Nullable FeedBatch next(int size, Duration wait) {
    RoundRobin records = sought();
    long begin = System.nanoTime();
    long quietSince = begin;
    if (records.waitingBytes() < settings.bufferBytes() / 2) {
      poll(records, Duration.ZERO);
    }
    while (!records.fill(size, this::isAtEnd)) {
      long now = System.nanoTime();
      long left = wait.toNanos() - (now - quietSince);
      if (left <= 0) {
        return records.hasNews() && isAtEnd(records) ? deliver(records) : null;
      }
      if (waitsNoMore || now - begin > 2 * wait.toNanos()) {
        return null;
      }
      if (poll(records, Duration.ofNanos(Math.min(left, LONGEST_POLL.toNanos())))) {
        quietSince = System.nanoTime();
      }
    }
    return deliver(records);
  }

  @Override
  public void stopWaiting() {
    waitsNoMore = true;
  }

  private RoundRobin sought() {
    if (round == null) {
      seek(FeedPosition.start());
    }
    RoundRobin current = round;
    if (current == null) {
      throw new IllegalStateException("the feed has no position");
    }
    return current;
  }

  private FeedBatch deliver(RoundRobin records) {
    FeedBatch batch = records.batch(facts.clusterId(), facts.topicId());
    delivered = records.positions();
    return batch;
  }

  private boolean isAtEnd(RoundRobin records) {
    return records.partitions().stream().allMatch(p -> !records.waits(p) && isAtEnd(p));
  }

  private boolean isAtEnd(int partition) {
    OptionalLong left = consumer.currentLag(new TopicPartition(topic, partition));
    return left.isPresent() && left.getAsLong() <= 0;
  }

  /** Reads what has come; whether anything has. */
  private boolean poll(RoundRobin records, Duration timeout) {
    inspectNowAndThen(records);
    fetchOnlyWhatIsWanted(records);
    ConsumerRecords<byte[], byte[]> polled;
    try {
      polled = consumer.poll(timeout);
    } catch (LogTruncationException e) {
      throw PositionCheck.truncated(e);
    } catch (OffsetOutOfRangeException e) {
      goOnAfterRetention(records, e);
      return true;
    }
    for (ConsumerRecord<byte[], byte[]> r : polled) {
      records.offer(r.partition(), waiting(r));
    }
    polled
        .nextOffsets()
        .forEach(
            (partition, next) ->
                records.readTo(
                    partition.partition(), next.offset(), next.leaderEpoch().orElse(-1)));
    return !polled.nextOffsets().isEmpty();
  }

  private FeedRecord waiting(ConsumerRecord<byte[], byte[]> r) {
    byte[] bytes = r.value();
    return new FeedRecord(
        r.key() == null ? "" : ImageId.decode(r.key()),
        bytes,
        bytes == null ? 0 : FeedRecord.hash(bytes, hashHeader(r.headers())),
        r.offset(),
        r.leaderEpoch().orElse(-1),
        r.timestamp(),
        tracer.begin(ImageTracer.Step.LEARN, r.key(), r.headers()));
  }

  /** The hash of what the producer sent: two copies of it are duplicates however they went on. */
  private static @Nullable String hashHeader(Headers headers) {
    String original = HeaderText.get(headers, ImageHeaders.ORIGINAL_SHA256);
    return original != null ? original : HeaderText.get(headers, ImageHeaders.SHA256);
  }

  /** Over the limit, only partitions that the round waits for are fetched. */
  private void fetchOnlyWhatIsWanted(RoundRobin records) {
    Set<TopicPartition> pause = new HashSet<>();
    if (records.waitingBytes() >= settings.bufferBytes()) {
      for (int partition : records.partitions()) {
        if (records.waits(partition)) {
          pause.add(new TopicPartition(topic, partition));
        }
      }
    }
    if (!pause.equals(paused)) {
      consumer.resume(paused);
      consumer.pause(pause);
      paused = pause;
    }
  }

  private void goOnAfterRetention(RoundRobin records, OffsetOutOfRangeException outOfRange) {
    Map<TopicPartition, Long> asked = outOfRange.offsetOutOfRangePartitions();
    Map<TopicPartition, Long> begin = consumer.beginningOffsets(asked.keySet());
    Map<TopicPartition, Long> end = consumer.endOffsets(asked.keySet());
    asked.forEach(
        (partition, offset) -> {
          if (offset > end.get(partition)) {
            throw PositionCheck.endsBefore(partition, offset, end.get(partition));
          }
          goOnAtStart(records, partition, begin.get(partition));
        });
  }

  private void inspectNowAndThen(RoundRobin records) {
    if (inspection == null) {
      if (System.nanoTime() - inspectedAt >= settings.topicCheck().toNanos()) {
        inspection = inspector.inspect().toCompletableFuture();
      }
    } else if (inspection.isDone()) {
      CompletableFuture<TopicFacts> done = inspection;
      inspection = null;
      inspectedAt = System.nanoTime();
      try {
        adopt(records, done.join());
      } catch (CompletionException e) {
        log.warn("the cluster did not describe {}; it is asked again", topic, e.getCause());
      }
    }
  }

  private void adopt(RoundRobin records, TopicFacts now) {
    PositionCheck.require(topic, facts, now);
    if (now.partitions() > facts.partitions()) {
      List<TopicPartition> added = partitions(facts.partitions(), now.partitions());
      log.info("{} has {} new partitions", topic, added.size());
      Map<TopicPartition, Long> begin = consumer.beginningOffsets(added);
      consumer.assign(partitions(0, now.partitions()));
      for (TopicPartition partition : added) {
        PartitionPosition start = new PartitionPosition(begin.get(partition), -1);
        records.open(partition.partition(), start);
        goTo(partition, start);
        delivered.putIfAbsent(partition.partition(), start);
      }
      facts = now;
    }
  }

  private TopicFacts inspectNow() {
    try {
      return inspector
          .inspect()
          .toCompletableFuture()
          .get(settings.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted before " + topic + " was described", e);
    } catch (Exception e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new NoAnswerException(
          "the cluster did not describe %s within %d ms: %s"
              .formatted(topic, settings.requestTimeout().toMillis(), cause),
          e);
    }
  }

  @Override
  public OptionalLong lag() {
    if (round == null) {
      return OptionalLong.empty();
    }
    long lag = 0;
    Map<TopicPartition, Long> ends = ends(round);
    for (int partition : round.partitions()) {
      TopicPartition at = new TopicPartition(topic, partition);
      OptionalLong unread = consumer.currentLag(at);
      if (unread.isEmpty()) {
        return OptionalLong.empty();
      }
      long end =
          Math.max(
              round.readTo(partition) + unread.getAsLong(), ends.getOrDefault(at, Long.MIN_VALUE));
      lag += end - takenTo(round, partition);
    }
    return OptionalLong.of(lag);
  }

  /**
   * The consumer knows a log's end as of its last fetch, which may be long ago: ask now and then.
   */
  private Map<TopicPartition, Long> ends(RoundRobin records) {
    long now = System.nanoTime();
    if (now - endsAskedAt > ENDS_EVERY_NANOS) {
      endsAskedAt = now;
      try {
        ends =
            consumer.endOffsets(
                records.partitions().stream().map(p -> new TopicPartition(topic, p)).toList());
      } catch (KafkaException e) {
        log.debug("the ends of {} can't be told now", topic, e);
      }
    }
    return ends;
  }

  private long takenTo(RoundRobin records, int partition) {
    PartitionPosition at = records.hasNews() ? delivered.get(partition) : null;
    // Markers that were passed since the last batch are nobody's work.
    return at != null ? at.nextOffset() : records.positions().get(partition).nextOffset();
  }

  @Override
  public void showProgress(FeedPosition position) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    position
        .partitions()
        .forEach((p, at) -> offsets.put(new TopicPartition(topic, p), committed(at)));
    shown = offsets;
    consumer.commitAsync(
        offsets,
        (asked, failure) -> {
          if (failure != null) {
            log.warn("Kafka does not show the learner's position: {}", failure.toString());
          }
        });
  }

  @Override
  public void close() {
    showForTheLastTime();
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(5)));
    inspector.close();
  }

  private void showForTheLastTime() {
    if (shown.isEmpty()) {
      return;
    }
    try {
      consumer.commitSync(shown, LAST_COMMIT);
    } catch (KafkaException e) {
      log.warn("Kafka does not show the learner's last position: {}", e.toString());
    }
  }
}
