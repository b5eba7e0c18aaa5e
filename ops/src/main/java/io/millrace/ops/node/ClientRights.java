package io.millrace.ops.node;

import static org.apache.kafka.common.acl.AclOperation.ALTER;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DELETE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;

import io.millrace.ingest.stream.Topics;
import io.millrace.ops.config.MillraceConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * What each kind of process may do on the cluster, and no more: a test runs all of them under
 * exactly this. READ and WRITE bring DESCRIBE.
 */
public enum ClientRights {
  /** {@code millrace topics --create}. */
  TOPICS {
    @Override
    void grant(Grants to, Topics topics, MillraceConfig config) {
      to.topics(all(topics), CREATE, DESCRIBE, DESCRIBE_CONFIGS);
    }
  },
  /** {@code millrace publish}, and producers of one's own, which need only WRITE on images.raw. */
  PUBLISHER {
    @Override
    void grant(Grants to, Topics topics, MillraceConfig config) {
      to.topic(topics.imagesRaw(), WRITE, DESCRIBE_CONFIGS);
      to.topic(topics.publisherPositions(), READ, WRITE);
      to.prefixed(ResourceType.TRANSACTIONAL_ID, topics.imagesRaw() + "-from-", WRITE);
      lag(to, topics);
    }
  },
  /** {@code millrace run --roles ingest}. */
  INGEST {
    @Override
    void grant(Grants to, Topics topics, MillraceConfig config) {
      watch(to, topics);
      to.topic(topics.imagesRaw(), READ, DESCRIBE_CONFIGS);
      to.topic(topics.imagesAccepted(), WRITE, DESCRIBE_CONFIGS);
      to.topic(topics.imagesRejected(), WRITE, DESCRIBE_CONFIGS);
      to.topic(topics.streamStats(), WRITE);
      String application = topics.ingestApplicationId();
      // DELETE: its offsets, where images.raw was made again.
      to.group(application, READ, DELETE);
      // Which images.raw its offsets are of.
      to.group(topics.ingestSourceGroup(), READ);
      // Kafka Streams' own topics: sums by source. ALTER: more partitions, as images.raw has.
      to.prefixed(
          ResourceType.TOPIC,
          application + "-",
          CREATE,
          DELETE,
          READ,
          WRITE,
          ALTER,
          DESCRIBE_CONFIGS);
      // Its own, and those that processes that are gone left open.
      to.prefixed(ResourceType.TRANSACTIONAL_ID, application + "-", WRITE);
    }
  },
  /** {@code millrace run --roles learner}. */
  LEARNER {
    @Override
    void grant(Grants to, Topics topics, MillraceConfig config) {
      watch(to, topics);
      to.group(topics.learnerGroup(), READ);
      to.topic(topics.learnerLease(), READ, WRITE);
      to.topic(topics.learnerMembers(), READ, WRITE);
      to.topic(topics.modelReleases(), WRITE);
      to.one(
          ResourceType.TRANSACTIONAL_ID,
          "millrace-learner-" + topics.learnerLease() + "-" + config.learner().model(),
          WRITE);
    }
  },
  /** {@code millrace run --roles serving}; also promote, reject, rollback and forget. */
  SERVING {
    @Override
    void grant(Grants to, Topics topics, MillraceConfig config) {
      watch(to, topics);
      to.topic(topics.learnerLease(), READ, WRITE);
      to.topic(topics.embeddings(), WRITE);
      to.topic(topics.targets(), WRITE);
      to.topic(topics.embeddingRefresh(), READ, WRITE);
      // What people decide over HTTP: a release's state, an image to forget.
      to.topic(topics.modelReleases(), WRITE);
      to.topic(topics.imagesRaw(), WRITE);
      to.prefixed(
          ResourceType.GROUP,
          topics.prefix() + "embedder." + config.learner().model() + ".v",
          READ,
          DELETE);
      to.prefixed(ResourceType.TRANSACTIONAL_ID, topics.prefix() + "serving.", WRITE);
    }
  },
  /** Who reads embeddings with millrace-client, which needs no group. */
  SUBSCRIBER {
    @Override
    void grant(Grants to, Topics topics, MillraceConfig config) {
      to.topic(topics.embeddings(), READ);
      to.topic(topics.targets(), READ);
      to.topic(topics.embeddingRefresh(), READ);
      to.topic(topics.modelReleases(), READ);
    }
  };

  /**
   * What may be done to one resource, or to all whose names begin alike.
   *
   * @param on the resource
   * @param operations at least one
   */
  public record Right(ResourcePattern on, Set<AclOperation> operations) {}

  /** As it is written in names of users. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The rights under a configuration: its topic prefix and its model. */
  public List<Right> of(MillraceConfig config) {
    var grants = new Grants();
    grant(grants, config.topicNames(), config);
    return grants.rights();
  }

  abstract void grant(Grants to, Topics topics, MillraceConfig config);

  /** The checks at the start, the live page and the lag, which every role has. */
  private static void watch(Grants to, Topics topics) {
    to.topics(all(topics), DESCRIBE);
    to.topic(topics.imagesAccepted(), READ);
    to.topic(topics.streamStats(), READ);
    to.topic(topics.publisherPositions(), READ);
    to.topic(topics.modelReleases(), READ);
    to.topic(topics.embeddings(), READ);
    lag(to, topics);
  }

  private static void lag(Grants to, Topics topics) {
    to.topic(topics.imagesRaw(), DESCRIBE);
    to.topic(topics.imagesAccepted(), DESCRIBE);
    to.group(topics.ingestApplicationId(), DESCRIBE);
    to.group(topics.learnerGroup(), DESCRIBE);
  }

  private static List<String> all(Topics topics) {
    return List.of(
        topics.imagesRaw(),
        topics.imagesAccepted(),
        topics.imagesRejected(),
        topics.streamStats(),
        topics.publisherPositions(),
        topics.learnerLease(),
        topics.learnerMembers(),
        topics.modelReleases(),
        topics.embeddings(),
        topics.targets(),
        topics.embeddingRefresh());
  }

  /** Collects rights, those on one resource together. */
  static final class Grants {
    private final Map<ResourcePattern, Set<AclOperation>> byResource = new LinkedHashMap<>();

    void topic(String name, AclOperation... operations) {
      one(ResourceType.TOPIC, name, operations);
    }

    void topics(List<String> names, AclOperation... operations) {
      names.forEach(name -> topic(name, operations));
    }

    void group(String name, AclOperation... operations) {
      one(ResourceType.GROUP, name, operations);
    }

    void one(ResourceType type, String name, AclOperation... operations) {
      add(new ResourcePattern(type, name, PatternType.LITERAL), operations);
    }

    void prefixed(ResourceType type, String prefix, AclOperation... operations) {
      add(new ResourcePattern(type, prefix, PatternType.PREFIXED), operations);
    }

    private void add(ResourcePattern on, AclOperation... operations) {
      byResource.computeIfAbsent(on, o -> new LinkedHashSet<>()).addAll(List.of(operations));
    }

    List<Right> rights() {
      var out = new ArrayList<Right>();
      byResource.forEach((on, operations) -> out.add(new Right(on, needed(operations))));
      return out;
    }

    /** Without what the others bring. */
    private static Set<AclOperation> needed(Set<AclOperation> operations) {
      var left = new LinkedHashSet<>(operations);
      if (left.contains(READ) || left.contains(WRITE) || left.contains(DELETE)) {
        left.remove(DESCRIBE);
      }
      return left;
    }
  }
}
