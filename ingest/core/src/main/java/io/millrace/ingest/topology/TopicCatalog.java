package io.millrace.ingest.topology;

import io.millrace.ingest.stream.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All topics: partitions, retention, clean-up policy and the largest message of each.
 *
 * <p>Record limits grow along the flow, so that what came in can always go on: an accepted image
 * has at most 64 KiB of headers more than its bytes, which images.raw allows for; a rejected one
 * may be as large as images.raw takes, plus the headers that say why.
 */
public final class TopicCatalog {
  /** Room for headers: an image may be this much smaller than the record limit. */
  public static final int HEADER_ROOM = 64 * 1024;

  /** A forgotten image's bytes are compacted away from images.accepted after this at the latest. */
  static final Duration FORGET_WITHIN = Duration.ofDays(1);

  /** A checkpoint older than this may miss a tombstone when it is restored. */
  static final Duration TOMBSTONES_STAY = Duration.ofDays(30);

  /** They are read as they come; this long is for people who look. */
  private static final Duration HEARTBEATS_STAY = Duration.ofHours(1);

  private static final int MIB = 1024 * 1024;

  private TopicCatalog() {}

  /** The catalog, in the order of the flow. */
  public static List<TopicSpec> of(Topics topics, TopicSettings settings) {
    List<TopicSpec> all = new ArrayList<>();
    int many = settings.imagePartitions();
    int images = settings.maxMessageBytes();
    String segment = String.valueOf(Math.max(64 * MIB, 2 * images));
    all.add(
        spec(settings, topics.imagesRaw(), many, "Images as their producers sent them.")
            .deletedAfter(settings.rawRetention())
            // By arrival: a producer that sends old times must not have its images deleted unread.
            .with("message.timestamp.type", "LogAppendTime")
            .atMost(images)
            .with("segment.bytes", segment)
            .build());
    all.add(
        spec(
                settings,
                topics.imagesAccepted(),
                many,
                "Images that decode, key = image id; the log is the gallery.")
            .compactedAndDeletedAfter(settings.acceptedRetention())
            .atMost(images)
            .with("segment.bytes", segment)
            .with("max.compaction.lag.ms", String.valueOf(FORGET_WITHIN.toMillis()))
            .with("delete.retention.ms", String.valueOf(TOMBSTONES_STAY.toMillis()))
            .build());
    all.add(
        spec(
                settings,
                topics.imagesRejected(),
                many,
                "Images that do not decode, with the reason in headers.")
            .deletedAfter(settings.rejectedRetention())
            .atMost(rejectedLimit(images))
            .with("segment.bytes", segment)
            .build());
    all.add(
        spec(
                settings,
                topics.streamStats(),
                1,
                "Counts, sizes and reasons by source and window, as JSON.")
            .deletedAfter(settings.statsRetention())
            .build());
    all.add(
        spec(settings, topics.publisherPositions(), 1, "How far each publisher came.")
            .compacted()
            .build());
    all.add(
        spec(settings, topics.learnerLease(), 1, "Which learner may write checkpoints.")
            .compacted()
            .build());
    all.add(
        spec(settings, topics.learnerMembers(), 1, "Heartbeats of learners that learn together.")
            .deletedAfter(HEARTBEATS_STAY)
            .with("segment.ms", String.valueOf(HEARTBEATS_STAY.toMillis()))
            .build());
    all.add(
        spec(
                settings,
                topics.modelReleases(),
                1,
                "Release manifests and the pointer to the serving one.")
            .compacted()
            .build());
    all.add(
        spec(settings, topics.embeddings(), many, "Embeddings, key = imageId@version.")
            .compacted()
            .build());
    all.add(
        spec(
                settings,
                topics.targets(),
                many,
                "The targets of the promoted release's teacher for each image, key = image id.")
            .compacted()
            .build());
    all.add(
        spec(
                settings,
                topics.embeddingRefresh(),
                1,
                "Start, progress and completion of re-embeddings by version and partition.")
            .compacted()
            .build());
    return List.copyOf(all);
  }

  /** The record limit of images.rejected where images.raw takes {@code rawLimit}. */
  static int rejectedLimit(int rawLimit) {
    return rawLimit + HEADER_ROOM;
  }

  private static Builder spec(TopicSettings settings, String name, int partitions, String purpose) {
    return new Builder(settings, name, partitions, purpose);
  }

  private static final class Builder {
    private final TopicSettings settings;
    private final String name;
    private final int partitions;
    private final String purpose;
    private final Map<String, String> configs = new LinkedHashMap<>();

    Builder(TopicSettings settings, String name, int partitions, String purpose) {
      this.settings = settings;
      this.name = name;
      this.partitions = partitions;
      this.purpose = purpose;
    }

    Builder with(String key, String value) {
      configs.put(key, value);
      return this;
    }

    Builder deletedAfter(Duration retention) {
      return with("cleanup.policy", "delete").with("retention.ms", millis(retention));
    }

    Builder compactedAndDeletedAfter(Duration retention) {
      return with("cleanup.policy", "compact,delete").with("retention.ms", millis(retention));
    }

    Builder compacted() {
      return with("cleanup.policy", "compact");
    }

    Builder atMost(int bytes) {
      return with("max.message.bytes", String.valueOf(bytes));
    }

    TopicSpec build() {
      return new TopicSpec(name, partitions, settings.replicationFactor(), configs, purpose);
    }

    private static String millis(Duration retention) {
      return retention.isZero() ? "-1" : String.valueOf(retention.toMillis());
    }
  }
}
