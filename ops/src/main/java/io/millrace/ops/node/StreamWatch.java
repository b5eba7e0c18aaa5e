package io.millrace.ops.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.stream.ReleasePointer;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.StreamStatsJson;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.dashboard.ThumbnailCache;
import io.millrace.ops.explore.AcceptedRecord;
import io.millrace.ops.tracking.TrackedReleases;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the topics for people: counts from {@code stream.stats} and the publishers' positions,
 * releases, and now and then a few of the newest accepted images. It reads a sample, so it costs
 * little however fast images flow.
 */
public final class StreamWatch implements Role {
  private static final Logger log = LoggerFactory.getLogger(StreamWatch.class);
  private static final Duration WAIT = Duration.ofMillis(250);
  private static final long LOOK_NANOS = 2_000_000_000L;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final int SAMPLE = 8;

  /** A page that opens after a restart has pictures, map and words of so many. */
  private static final int FIRST_SAMPLE = 256;

  /** The page lists no more. */
  private static final int MANIFESTS = 50;

  private static final long FIRST_NANOS = 10_000_000_000L;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Object> clients;
  private final Topics topics;
  private final String model;
  private final ImageDecoder decoder;
  private final ThumbnailCache thumbnails;
  private final StreamTotals totals = new StreamTotals();
  private final Map<Long, Status.Release> releases = new TreeMap<>(Comparator.reverseOrder());
  private final Map<TopicPartition, Long> shown =
      new TreeMap<>(Comparator.comparing(TopicPartition::toString));
  private final Map<String, Long> published = new TreeMap<>();
  private final Map<TopicPartition, Long> next = new HashMap<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final NavigableMap<Long, ReleaseManifest> manifests = new TreeMap<>();
  private OptionalLong serving = OptionalLong.empty();

  StreamWatch(
      Map<String, Object> clients,
      Topics topics,
      String model,
      ImageDecoder decoder,
      ThumbnailCache thumbnails) {
    this.clients = clients;
    this.topics = topics;
    this.model = model;
    this.decoder = decoder;
    this.thumbnails = thumbnails;
  }

  @Override
  public String name() {
    return "stream-watch";
  }

  @Override
  public void stop() {
    stop.countDown();
  }

  /** Display only: retries on failure; never propagates. */
  @Override
  public void run() throws InterruptedException {
    Duration pause = FIRST_PAUSE;
    while (stop.getCount() > 0) {
      long began = System.nanoTime();
      try {
        follow();
      } catch (RuntimeException e) {
        if (System.nanoTime() - began > LONGEST_PAUSE.toNanos()) {
          pause = FIRST_PAUSE;
        }
        log.warn("the stream can't be watched, next try in {}: {}", pause, e.toString());
        stop.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    }
  }

  private void follow() {
    try (Consumer<byte[], byte[]> words = Clients.reader(clients, "millrace-watch");
        Consumer<byte[], byte[]> images = Clients.reader(clients, "millrace-watch-images")) {
      List<TopicPartition> small = new ArrayList<>(partitions(words, topics.streamStats()));
      small.addAll(partitions(words, topics.modelReleases()));
      small.addAll(partitions(words, topics.publisherPositions()));
      words.assign(small);
      for (TopicPartition partition : small) {
        Long from = next.get(partition);
        if (from == null) {
          words.seekToBeginning(List.of(partition));
        } else {
          words.seek(partition, from);
        }
      }
      images.assign(partitions(images, topics.imagesAccepted()));
      long looked = System.nanoTime() - LOOK_NANOS;
      while (stop.getCount() > 0) {
        for (ConsumerRecord<byte[], byte[]> record : words.poll(WAIT)) {
          take(record);
          next.put(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
        }
        if (System.nanoTime() - looked > LOOK_NANOS) {
          looked = System.nanoTime();
          look(images);
        }
      }
    }
  }

  private static List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(p -> new TopicPartition(p.topic(), p.partition()))
        .toList();
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return;
    }
    try {
      if (record.topic().equals(topics.streamStats())) {
        var stats = StreamStatsJson.read(record.value());
        synchronized (this) {
          totals.add(stats);
        }
        return;
      }
      String key = AcceptedRecord.id(record);
      if (record.topic().equals(topics.publisherPositions())) {
        long images = JSON.readTree(record.value()).path("published").asLong();
        synchronized (this) {
          published.put(key, images);
        }
        return;
      }
      if (key.equals(ReleasePointer.key(model))) {
        long version = ReleasePointer.fromJson(record.value()).version();
        synchronized (this) {
          serving = OptionalLong.of(version);
        }
        return;
      }
      if (key.matches(".*@\\d+")) {
        ReleaseManifest manifest = ReleaseManifest.fromJson(record.value());
        if (manifest.model().equals(model)) {
          synchronized (this) {
            manifests.put(manifest.version(), manifest);
            if (manifests.size() > MANIFESTS) {
              manifests.pollFirstEntry();
            }
            releases.put(
                manifest.version(),
                new Status.Release(
                    Long.toString(manifest.version()),
                    manifest.step(),
                    manifest.releasedAt(),
                    manifest.gate().toString(),
                    manifest.gateReason(),
                    manifest.monitors()));
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      log.warn("record {} of {} can't be read: {}", record.offset(), record.topic(), e.toString());
    }
  }

  /** Shows the last few images that were not shown yet. */
  private void look(Consumer<byte[], byte[]> images) {
    Map<TopicPartition, Long> ends = images.endOffsets(images.assignment());
    boolean any = false;
    boolean first = shown.isEmpty();
    int sample = first ? Math.max(SAMPLE, FIRST_SAMPLE / Math.max(1, ends.size())) : SAMPLE;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      long from = Math.max(shown.getOrDefault(end.getKey(), 0L), end.getValue() - sample);
      images.seek(end.getKey(), from);
      any |= from < end.getValue();
      shown.put(end.getKey(), end.getValue());
    }
    int left = first ? FIRST_SAMPLE : SAMPLE;
    long until = System.nanoTime() + FIRST_NANOS;
    boolean more = any;
    while (more && stop.getCount() > 0) {
      for (ConsumerRecord<byte[], byte[]> record : images.poll(WAIT)) {
        if (record.value() == null) {
          thumbnails.remove(AcceptedRecord.id(record));
        } else if (left > 0) {
          Optional<ThumbnailCache.Image> image = AcceptedRecord.image(record, decoder);
          image.ifPresent(thumbnails::add);
          left -= image.isPresent() ? 1 : 0;
        }
      }
      more =
          first
              && System.nanoTime() < until
              && ends.entrySet().stream().anyMatch(e -> images.position(e.getKey()) < e.getValue());
    }
  }

  /** Images that Millrace's publishers put on images.raw, over all sources. */
  public synchronized long published() {
    return published.values().stream().mapToLong(Long::longValue).sum();
  }

  public synchronized long accepted() {
    return totals.accepted();
  }

  public synchronized Map<String, Long> rejected() {
    return totals.rejected();
  }

  synchronized Map<String, Long> rejectedBySource() {
    return totals.rejectedBySource();
  }

  /** Images validated, accepted or not. */
  public synchronized long validated() {
    return totals.accepted() + totals.rejected().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Whether a version is the one that serves, as far as its record has been read. */
  synchronized boolean serves(long version) {
    return serving.isPresent() && serving.getAsLong() == version;
  }

  /** The newest release; null before the first. */
  synchronized @Nullable ReleaseManifest newest() {
    return manifests.isEmpty() ? null : manifests.lastEntry().getValue();
  }

  /** The newest 50 releases and the one promoted, as far as they were read. */
  synchronized TrackedReleases tracked() {
    return new TrackedReleases(List.copyOf(manifests.values()), serving);
  }

  /** A release by its version; null where it is not among the newest 50. */
  synchronized @Nullable ReleaseManifest release(long version) {
    return manifests.get(version);
  }

  /** Releases, newest first. */
  public synchronized List<Status.Release> releases() {
    return List.copyOf(releases.values());
  }
}
