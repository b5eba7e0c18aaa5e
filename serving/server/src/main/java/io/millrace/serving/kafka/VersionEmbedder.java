package io.millrace.serving.kafka;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.client.Targets;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A version and its positions. It reads {@code images.accepted} from the log's start, or from where
 * the version's consumer group got to, and goes on for ever: whether that is a refresh or live
 * service is only a matter of where it is. Every batch commits its embeddings, its positions and
 * its refresh records in one transaction. A tombstone is passed on to every version that has
 * embeddings and has not passed it: one that has may have embedded the image anew since, where it
 * was sent again.
 */
final class VersionEmbedder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(VersionEmbedder.class);

  /**
   * What is shared by the embedders of one process.
   *
   * @param positions where the embedders of a version go on, by partition, as is committed
   */
  record Surroundings(
      String acceptedTopic,
      String refreshTopic,
      EmbeddingPublisher publisher,
      DecodePool decoders,
      ServingSettings settings,
      ServingMetrics metrics,
      InstantSource clock,
      Supplier<Set<Long>> versionsWithEmbeddings,
      LongFunction<Map<TopicPartition, Long>> positions,
      LongSupplier promotedVersion,
      String targetsTopic) {}

  private record Pending(
      ConsumerRecord<byte[], byte[]> record, @Nullable Future<DecodePool.Input> input) {
    TopicPartition partition() {
      return new TopicPartition(record.topic(), record.partition());
    }

    String id() {
      return EmbeddingRecords.text(record.key());
    }
  }

  private final Embedder embedder;
  private final ModelVersion version;
  private final Consumer<byte[], byte[]> consumer;
  private final Surroundings around;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private final Map<TopicPartition, RefreshRecord> progress = new HashMap<>();
  private final Set<TopicPartition> unannounced = new HashSet<>();
  private final Map<TopicPartition, Long> announcedAt = new HashMap<>();
  private final Map<TopicPartition, Long> lastStretches = new HashMap<>();
  private long promotion;
  private long oldestPendingSince;
  private long polledAt;
  private long embedded;
  private long forgotten;
  private long unembeddable;

  /**
   * Joins the version's consumer group.
   *
   * @param embedder closed with this
   * @param consumer closed with this
   * @param promotion number of the promotion that this embedder answers
   */
  VersionEmbedder(
      Embedder embedder, Consumer<byte[], byte[]> consumer, long promotion, Surroundings around) {
    this.embedder = embedder;
    this.version = embedder.version();
    this.consumer = consumer;
    this.promotion = promotion;
    this.around = around;
    polledAt = around.clock().millis();
    consumer.subscribe(List.of(around.acceptedTopic()), new Assignment());
  }

  /**
   * The consumer group whose committed offsets are a version's positions. They belong to one
   * embeddings topic: one that was made again is filled from the log's start.
   *
   * @param embeddingsId id of that topic
   */
  static String group(String prefix, ModelVersion version, String embeddingsId) {
    return prefix + "embedder." + version.model() + ".v" + version.version() + "." + embeddingsId;
  }

  ModelVersion version() {
    return version;
  }

  long promotion() {
    return promotion;
  }

  /** Goes on under another promotion of the same version: the end is captured anew. */
  void answer(long newPromotion) {
    promotion = newPromotion;
    take(new ArrayList<>(progress.keySet()));
  }

  /** Whether this process owns the partition, as one that no other process then does. */
  boolean owns(int partition) {
    return progress.containsKey(new TopicPartition(around.acceptedTopic(), partition));
  }

  /** Embeddings published since this embedder began. */
  long embedded() {
    return embedded;
  }

  /** Images forgotten since this embedder began. */
  long forgotten() {
    return forgotten;
  }

  /** Images that could not be embedded since this embedder began. */
  long unembeddable() {
    return unembeddable;
  }

  /** Records that were not embedded yet, as far as is known. */
  long lag() {
    long lag = pending.size();
    for (TopicPartition partition : progress.keySet()) {
      lag += consumer.currentLag(partition).orElse(0);
    }
    return lag;
  }

  /**
   * Reads what there is and publishes one transaction of it: a batch, or a few where they are
   * quick.
   *
   * @param wait how long to wait for records when none wait here already
   * @param waitForMore how long to wait for further ones once there are some: after a pause the
   *     first answer has only what was there when the broker was asked, before the pause
   * @return whether anything was published
   */
  boolean turn(Duration wait, Duration waitForMore) {
    int batch = around.settings().batch();
    boolean news = wantsMore() && poll(pending.size() >= batch ? Duration.ZERO : wait);
    for (boolean more = news; more && wantsMore(); ) {
      more = poll(pending.size() >= batch ? Duration.ZERO : waitForMore);
    }
    long now = around.clock().millis();
    boolean ready =
        pending.size() >= batch
            || !pending.isEmpty()
                && (!news || now - oldestPendingSince >= around.settings().linger().toMillis());
    return (ready || !unannounced.isEmpty() || anyJustCompleted()) && publish(ready);
  }

  private boolean wantsMore() {
    return pending.size() < 2 * around.settings().batch();
  }

  private boolean poll(Duration wait) {
    try {
      boolean news = false;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
        if (record.key() == null) {
          log.warn(
              "{}: {} offset {} has no image id", version, record.partition(), record.offset());
          continue;
        }
        if (pending.isEmpty()) {
          // It may have come right after the poll before: between two refresh batches a long time.
          oldestPendingSince = polledAt;
        }
        pending.add(
            new Pending(
                record,
                record.value() == null
                    ? null
                    : around.decoders().submit(record.value(), embedder)));
        news = true;
      }
      polledAt = around.clock().millis();
      return news;
    } catch (OffsetOutOfRangeException e) {
      skipGaps(e.offsetOutOfRangePartitions());
      return false;
    } catch (FencedInstanceIdException e) {
      throw EmbeddingPublisher.takenOver(around.settings().instance(), e);
    }
  }

  private void skipGaps(Map<TopicPartition, Long> positions) {
    Map<TopicPartition, Long> begin = consumer.beginningOffsets(positions.keySet());
    positions.forEach((partition, at) -> skipGap(partition, at, begin.get(partition)));
  }

  private void skipGap(TopicPartition partition, long at, long begin) {
    log.warn(
        "{}: retention removed offsets {} to {} of {} before they were embedded",
        version,
        at,
        begin,
        partition);
    around.metrics().gap(version.version(), Math.max(0, begin - at));
    consumer.seek(partition, begin);
  }

  private List<Pending> takeBatch() {
    int batch = around.settings().batch();
    List<Pending> taken = new ArrayList<>(Math.min(batch, pending.size()));
    while (taken.size() < batch && !pending.isEmpty()) {
      taken.add(pending.poll());
    }
    oldestPendingSince = around.clock().millis();
    return taken;
  }

  private boolean anyJustCompleted() {
    return progress.entrySet().stream()
        .anyMatch(p -> !p.getValue().complete() && next(p.getKey()) >= p.getValue().end());
  }

  /** Where a partition goes on: at the first record that waits here, else where the poll got to. */
  private long next(TopicPartition partition) {
    for (Pending waiting : pending) {
      if (waiting.partition().equals(partition)) {
        return waiting.record().offset();
      }
    }
    return consumer.position(partition);
  }

  // Batches: embed, then one transaction.

  private boolean publish(boolean images) {
    long from = System.nanoTime();
    var counts = new HashMap<TopicPartition, Counts>();
    boolean refresh = progress.values().stream().anyMatch(r -> !r.complete());
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    long embedNanos = 0;
    long oldest = Long.MAX_VALUE;
    // A transaction costs as much for one batch as for a few.
    long until = around.clock().millis() + around.settings().linger().toMillis() / 2;
    for (boolean more = images; more; ) {
      List<Pending> batch = takeBatch();
      embedNanos += addEmbeddings(batch, records, counts);
      for (Pending image : batch) {
        oldest = Math.min(oldest, image.record().timestamp());
      }
      more = pending.size() >= around.settings().batch() && around.clock().millis() < until;
    }
    int vectors = counts.values().stream().mapToInt(c -> c.embedded).sum();
    int tombstones = (int) records.stream().filter(r -> r.value() == null).count();
    Map<TopicPartition, RefreshRecord> advanced = addRefreshRecords(counts, records);
    var offsets = new HashMap<TopicPartition, OffsetAndMetadata>();
    advanced.forEach(
        (partition, record) ->
            offsets.put(
                partition,
                new OffsetAndMetadata(record.position(), Optional.empty(), record.json())));
    if (!around.publisher().publish(records, offsets, consumer.groupMetadata())) {
      around.metrics().aborted();
      rewind();
      return false;
    }
    advanced.forEach(this::advance);
    unannounced.clear();
    for (Counts c : counts.values()) {
      embedded += c.embedded;
      forgotten += c.forgotten;
      unembeddable += c.unembeddable;
    }
    long age = oldest == Long.MAX_VALUE || oldest < 0 ? 0 : around.clock().millis() - oldest;
    around
        .metrics()
        .published(
            new ServingMetrics.Batch(
                version.version(),
                refresh,
                vectors,
                tombstones,
                embedNanos,
                System.nanoTime() - from,
                Math.max(0, age)));
    return true;
  }

  private static final class Counts {
    private int embedded;
    private int forgotten;
    private int unembeddable;
  }

  // Adds records in the log's order, so that of an image and its tombstone the later one stays.
  private long addEmbeddings(
      List<Pending> batch,
      List<ProducerRecord<byte[], byte[]>> records,
      Map<TopicPartition, Counts> counts) {
    List<Pending> decoded = new ArrayList<>();
    List<float[]> inputs = new ArrayList<>();
    for (Pending image : batch) {
      float[] input = input(image);
      if (input != null) {
        decoded.add(image);
        inputs.add(input);
      }
    }
    long from = System.nanoTime();
    List<@Nullable Embedding> vectors = inputs.isEmpty() ? List.of() : embedder.embedInputs(inputs);
    long embedNanos = System.nanoTime() - from;
    List<Targets> targets =
        inputs.isEmpty() || !givesTargets() ? List.of() : embedder.targets(inputs);
    var byRecord = new IdentityHashMap<Pending, Embedding>();
    var targetsByRecord = new IdentityHashMap<Pending, Targets>();
    for (int i = 0; i < decoded.size(); i++) {
      Embedding vector = vectors.get(i);
      if (vector == null) {
        around.metrics().unembeddable(ServingMetrics.Cause.NOT_FINITE);
        log.warn("{}: the features of {} have no direction", version, where(decoded.get(i)));
      } else {
        byRecord.put(decoded.get(i), vector);
        if (!targets.isEmpty()) {
          targetsByRecord.put(decoded.get(i), targets.get(i));
        }
      }
    }
    var others = new OtherVersions();
    for (Pending image : batch) {
      Counts count = counts.computeIfAbsent(image.partition(), p -> new Counts());
      Embedding vector = byRecord.get(image);
      if (image.input() == null) {
        count.forgotten++;
        addTombstones(image, others, records);
      } else if (vector == null) {
        count.unembeddable++;
      } else {
        count.embedded++;
        records.add(
            EmbeddingRecords.embedding(
                around.publisher().embeddingsTopic(),
                around.publisher().embeddingPartitions(),
                version,
                embedder.preprocessingHash(),
                image.record(),
                vector));
        Targets teacher = targetsByRecord.get(image);
        if (teacher != null) {
          records.add(
              EmbeddingRecords.targets(
                  around.targetsTopic(),
                  around.publisher().embeddingPartitions(),
                  version,
                  image.record(),
                  teacher));
        }
      }
    }
    return embedNanos;
  }

  /** Positions of the other versions, asked for once in a batch and only if it has tombstones. */
  private final class OtherVersions {
    private final Map<Long, Map<TopicPartition, Long>> known = new HashMap<>();

    boolean havePassed(long other, ConsumerRecord<byte[], byte[]> record) {
      long next =
          known
              .computeIfAbsent(other, v -> around.positions().apply(v))
              .getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L);
      return next > record.offset();
    }
  }

  private void addTombstones(
      Pending image, OtherVersions others, List<ProducerRecord<byte[], byte[]>> records) {
    String imageId = image.id();
    Set<Long> versions = new TreeSet<>(around.versionsWithEmbeddings().get());
    versions.removeIf(v -> v != version.version() && others.havePassed(v, image.record()));
    versions.add(version.version());
    for (long v : versions) {
      records.add(
          EmbeddingRecords.tombstone(
              around.publisher().embeddingsTopic(),
              around.publisher().embeddingPartitions(),
              imageId,
              v));
    }
    if (around.settings().targets()) {
      records.add(
          new ProducerRecord<>(
              around.targetsTopic(),
              EmbeddingRecords.partitionOf(imageId, around.publisher().embeddingPartitions()),
              EmbeddingRecords.bytes(imageId),
              null));
    }
  }

  // Only the promoted release's: targets of an older one must not come after them.
  private boolean givesTargets() {
    return around.settings().targets() && around.promotedVersion().getAsLong() == version.version();
  }

  private float @Nullable [] input(Pending image) {
    Future<DecodePool.Input> future = image.input();
    if (future == null) {
      return null;
    }
    try {
      DecodePool.Input input = future.get();
      DecodeOutcome.Rejected rejected = input.rejected();
      if (rejected == null) {
        return input.values();
      }
      around.metrics().unembeddable(ServingMetrics.Cause.NOT_DECODED);
      log.warn(
          "{}: {} is accepted but not decodable here: {} {}",
          version,
          where(image),
          rejected.reason(),
          rejected.detail());
      return null;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("decoding " + where(image) + " failed", e.getCause());
    }
  }

  private static String where(Pending image) {
    return "image '"
        + image.id()
        + "' at "
        + image.partition()
        + " offset "
        + image.record().offset();
  }

  // Refresh records: what is announced, and what is committed with the offsets.

  private Map<TopicPartition, RefreshRecord> addRefreshRecords(
      Map<TopicPartition, Counts> counts, List<ProducerRecord<byte[], byte[]>> records) {
    long now = around.clock().millis();
    var advanced = new HashMap<TopicPartition, RefreshRecord>();
    progress.forEach(
        (partition, before) -> {
          boolean first = unannounced.contains(partition);
          long next = next(partition);
          if (!first && next == before.position()) {
            return;
          }
          if (first) {
            records.add(refreshRecord(before));
            announcedAt.put(partition, now);
          }
          Counts c = counts.getOrDefault(partition, new Counts());
          RefreshRecord after =
              before.advancedTo(
                  next,
                  endOf(partition, before, next),
                  c.embedded,
                  c.forgotten,
                  c.unembeddable,
                  now);
          advanced.put(partition, after);
          if (!before.complete() && (after.complete() || progressIsDue(partition, now))) {
            records.add(refreshRecord(after));
            announcedAt.put(partition, now);
          }
        });
    return advanced;
  }

  /**
   * The end of a partition's refresh: at first what was there when it began. Whoever gets there has
   * what came meanwhile still before it, and would serve with all of that missing. So the end moves
   * on to what is there now, while that is worth it (more than this partition's share of a batch)
   * and gets less (half of the stretch before, or the live images come too fast to catch up with).
   */
  private long endOf(TopicPartition partition, RefreshRecord refresh, long next) {
    if (refresh.complete() || next < refresh.end()) {
      return refresh.end();
    }
    long newest = consumer.position(partition) + consumer.currentLag(partition).orElse(0);
    long before = lastStretches.getOrDefault(partition, refresh.end() - refresh.start());
    boolean isWorthIt = newest - next > around.settings().batch() / progress.size();
    return isWorthIt && newest - refresh.end() <= before / 2 ? newest : refresh.end();
  }

  private void advance(TopicPartition partition, RefreshRecord after) {
    RefreshRecord before = progress.put(partition, after);
    if (before != null && after.end() > before.end()) {
      lastStretches.put(partition, after.end() - before.end());
    }
  }

  private boolean progressIsDue(TopicPartition partition, long now) {
    return now - announcedAt.getOrDefault(partition, 0L)
        >= around.settings().progressEvery().toMillis();
  }

  private ProducerRecord<byte[], byte[]> refreshRecord(RefreshRecord record) {
    return new ProducerRecord<>(
        around.refreshTopic(), EmbeddingRecords.bytes(record.key()), record.bytes());
  }

  // Positions.

  private void rewind() {
    pending.clear();
    progress.forEach((partition, record) -> consumer.seek(partition, record.position()));
  }

  /** Takes partitions over from wherever their last owner's transaction left them. */
  private void take(Collection<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    drop(partitions);
    Set<TopicPartition> taken = new HashSet<>(partitions);
    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(taken);
    Map<TopicPartition, Long> begin = consumer.beginningOffsets(taken);
    Map<TopicPartition, Long> end = consumer.endOffsets(taken);
    int all = consumer.partitionsFor(around.acceptedTopic()).size();
    for (TopicPartition partition : taken) {
      take(partition, committed.get(partition), begin.get(partition), end.get(partition), all);
    }
  }

  private void take(
      TopicPartition partition,
      @Nullable OffsetAndMetadata committed,
      long begin,
      long end,
      int partitions) {
    RefreshRecord known = committed == null ? null : known(partition, committed, end);
    if (known == null) {
      consumer.seek(partition, begin);
      progress.put(partition, started(partition, begin, end, partitions));
      unannounced.add(partition);
      return;
    }
    consumer.seek(partition, known.position());
    if (known.position() < begin) {
      skipGap(partition, known.position(), begin);
    }
    if (known.promotion() == promotion) {
      progress.put(partition, known);
    } else {
      progress.put(partition, known.restarted(promotion, partitions, end, around.clock().millis()));
      unannounced.add(partition);
    }
  }

  private @Nullable RefreshRecord known(
      TopicPartition partition, OffsetAndMetadata committed, long end) {
    if (committed.offset() > end) {
      log.warn(
          "{}: position {} of {} is beyond its end {}: the topic was made again; starting over",
          version,
          committed.offset(),
          partition,
          end);
      return null;
    }
    try {
      return RefreshRecord.parse(committed.metadata().getBytes(StandardCharsets.UTF_8))
          .at(committed.offset());
    } catch (IOException e) {
      log.warn(
          "{}: the position of {} tells nothing of its refresh; starting over", version, partition);
      return null;
    }
  }

  private RefreshRecord started(TopicPartition partition, long begin, long end, int partitions) {
    return new RefreshRecord(
        version.model(),
        version.version(),
        partition.partition(),
        partitions,
        promotion,
        RefreshRecord.State.STARTED,
        begin,
        end,
        begin,
        0,
        0,
        0,
        0,
        around.clock().millis());
  }

  private void drop(Collection<TopicPartition> partitions) {
    Set<TopicPartition> dropped = Set.copyOf(partitions);
    pending.removeIf(waiting -> dropped.contains(waiting.partition()));
    dropped.forEach(
        partition -> {
          progress.remove(partition);
          unannounced.remove(partition);
          announcedAt.remove(partition);
          lastStretches.remove(partition);
        });
  }

  /** Runs inside a poll, when no transaction is open. */
  private final class Assignment implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      take(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      drop(partitions);
    }
  }

  /** Leaves the group. What was read but not published is read again by whoever goes on. */
  @Override
  public void close() {
    try (embedder) {
      // A static member stays by default, and nobody could take over or retire its version.
      consumer.close(
          CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }
  }
}
