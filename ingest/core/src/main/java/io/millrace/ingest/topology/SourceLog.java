package io.millrace.ingest.topology;

import io.millrace.ingest.stream.Topics;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ingest's view of images.raw as a log: which topic its offsets are of, how many partitions it has,
 * how far it is committed, and whose transactions lie open on what comes of it.
 *
 * <p>Offsets are a group's, and a group knows topics by name alone. So the topic's id is kept
 * beside them: as the metadata of an offset that a group of its own, {@code <prefix>ingest-source},
 * holds on stream.stats. It says nothing else; no one reads from there.
 */
final class SourceLog {
  private static final Logger log = LoggerFactory.getLogger(SourceLog.class);
  private static final Duration LEAVING = Duration.ofSeconds(60);
  private static final Duration ASK_AGAIN = Duration.ofMillis(200);

  /**
   * Which topic images.raw is now.
   *
   * @param id unique; a topic made again has another
   */
  record Facts(String id, int partitions) {}

  private final Admin admin;
  private final Topics topics;
  private final Duration timeout;
  private final Pattern member;
  private final Pattern transaction;
  private Set<String> suspects = Set.of();

  /**
   * @param admin belongs to the caller
   * @param timeout of one question
   */
  SourceLog(Admin admin, Topics topics, Duration timeout) {
    this.admin = admin;
    this.topics = topics;
    this.timeout = timeout;
    String process = Pattern.quote(topics.ingestApplicationId()) + "-([0-9a-f-]{36})-";
    this.member = Pattern.compile(process + "StreamThread-\\d+-consumer");
    this.transaction = Pattern.compile(process + "\\d+");
  }

  Facts facts() {
    TopicDescription topic =
        get(admin.describeTopics(List.of(topics.imagesRaw())).allTopicNames())
            .get(topics.imagesRaw());
    return new Facts(topic.topicId().toString(), topic.partitions().size());
  }

  /**
   * Holds ingest's offsets to the topic that is there, before it starts.
   *
   * @throws OtherTopicException where they are of another one and {@code otherwise} says to stop
   */
  void settle(Facts there, NewTopic otherwise) {
    Optional<String> kept = kept();
    if (kept.isEmpty() || kept.get().equals(there.id())) {
      keep(there.id());
      return;
    }
    if (otherwise == NewTopic.STOP) {
      throw other(kept.get(), there.id());
    }
    log.warn(
        "{} was deleted and made again (topic id {}, was {}): it is checked from its start",
        topics.imagesRaw(),
        there.id(),
        kept.get());
    long begin = System.nanoTime();
    while (!there.id().equals(kept().orElse("")) && !forgetOffsets()) {
      if (System.nanoTime() - begin > LEAVING.toNanos()) {
        throw new IllegalStateException(
            "group %s still has members after %d s: stop every ingest, then start again"
                .formatted(topics.ingestApplicationId(), LEAVING.toSeconds()));
      }
      LockSupport.parkNanos(ASK_AGAIN.toNanos());
    }
    keep(there.id());
  }

  /** Says that the topic is another one. */
  OtherTopicException other(String ours, String theirs) {
    return new OtherTopicException(
        "%s was deleted and made again: ingest's offsets are of topic id %s, this is %s; to check it from its start set ingest.newTopic=beginning"
            .formatted(topics.imagesRaw(), ours, theirs));
  }

  private Optional<String> kept() {
    OffsetAndMetadata found =
        get(admin
                .listConsumerGroupOffsets(topics.ingestSourceGroup())
                .partitionsToOffsetAndMetadata())
            .get(new TopicPartition(topics.streamStats(), 0));
    return found == null || found.metadata().isEmpty()
        ? Optional.empty()
        : Optional.of(found.metadata());
  }

  /** Keeps the id; asked again now and then, since Kafka forgets groups that nobody uses. */
  void keep(String id) {
    get(
        admin
            .alterConsumerGroupOffsets(
                topics.ingestSourceGroup(),
                Map.of(new TopicPartition(topics.streamStats(), 0), new OffsetAndMetadata(0, id)))
            .all());
  }

  /** Removes the group's offsets on images.raw; false while it has members. */
  private boolean forgetOffsets() {
    try {
      Set<TopicPartition> raw = offsets().keySet();
      if (!raw.isEmpty()) {
        get(admin.deleteConsumerGroupOffsets(topics.ingestApplicationId(), raw).all());
      }
      return true;
    } catch (IllegalStateException e) {
      Throwable cause = e.getCause();
      if (cause instanceof GroupIdNotFoundException) {
        return true;
      }
      if (cause instanceof GroupSubscribedToTopicException
          || cause instanceof GroupNotEmptyException
          || cause instanceof UnknownMemberIdException) {
        return false;
      }
      throw e;
    }
  }

  private Map<TopicPartition, OffsetAndMetadata> offsets() {
    return get(
            admin
                .listConsumerGroupOffsets(topics.ingestApplicationId())
                .partitionsToOffsetAndMetadata())
        .entrySet()
        .stream()
        .filter(e -> e.getKey().topic().equals(topics.imagesRaw()) && e.getValue() != null)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** The sum of the group's committed offsets; empty before the first. */
  OptionalLong committed() {
    Map<TopicPartition, OffsetAndMetadata> found = offsets();
    return found.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(found.values().stream().mapToLong(OffsetAndMetadata::offset).sum());
  }

  /**
   * Gives the changelogs of tallies and claims, one for each partition of images.raw, as many
   * partitions as there are tasks now; Kafka Streams makes them once and refuses to go on where
   * they have fewer.
   */
  void followPartitions(int partitions) {
    followPartitions(SourceStatsAggregator.STORE, partitions);
    followPartitions(ClaimQueue.STORE, partitions);
  }

  private void followPartitions(String store, int partitions) {
    String changelog = topics.ingestApplicationId() + "-" + store + "-changelog";
    if (!get(admin.listTopics().names()).contains(changelog)) {
      return; // before the first start: Kafka Streams makes it
    }
    int there =
        get(admin.describeTopics(List.of(changelog)).allTopicNames())
            .get(changelog)
            .partitions()
            .size();
    if (there >= partitions) {
      return;
    }
    try {
      get(admin.createPartitions(Map.of(changelog, NewPartitions.increaseTo(partitions))).all());
      log.info("{} has {} partitions now, as images.raw has", changelog, partitions);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "%s has %d partitions and images.raw %d; let somebody who may run: kafka-topics.sh --bootstrap-server BROKER --alter --topic %s --partitions %d (%s)"
              .formatted(changelog, there, partitions, changelog, partitions, e.getMessage()),
          e);
    }
  }

  /**
   * Aborts what processes that are gone have left open, which readers of committed records wait
   * for. A process is gone when the group has no member of it, twice in a row.
   *
   * @return the transactional ids
   */
  Set<String> abortOrphans() {
    Set<String> alive = new HashSet<>();
    for (var m :
        get(admin.describeConsumerGroups(List.of(topics.ingestApplicationId())).all())
            .get(topics.ingestApplicationId())
            .members()) {
      Matcher matcher = member.matcher(m.clientId());
      if (!matcher.matches()) {
        return Set.of(); // not one of ours: whose transactions these are is not known
      }
      alive.add(matcher.group(1));
    }
    Set<String> orphans = new HashSet<>();
    for (TransactionListing open :
        get(
            admin
                .listTransactions(
                    new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)))
                .all())) {
      Matcher matcher = transaction.matcher(open.transactionalId());
      if (matcher.matches() && !alive.contains(matcher.group(1))) {
        orphans.add(open.transactionalId());
      }
    }
    Set<String> now = new HashSet<>(orphans);
    now.retainAll(suspects);
    suspects = orphans;
    if (!now.isEmpty()) {
      get(admin.fenceProducers(now).all());
      log.info("aborted what ingest processes that are gone left open: {}", now);
    }
    return now;
  }

  private <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(String.valueOf(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer within " + timeout.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
