package io.millrace.serving.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes records and positions in one transaction, so that after a crash at any moment both are
 * there or neither is.
 */
final class EmbeddingPublisher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddingPublisher.class);
  private static final int COMMIT_ATTEMPTS = 5;
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** Fences in a row: two processes of one name that are no members of one group. */
  private static final int MOST_FENCES = 3;

  private final Supplier<Producer<byte[], byte[]>> producers;
  private final String instance;
  private final String embeddingsTopic;
  private final int embeddingPartitions;
  private Producer<byte[], byte[]> producer;
  private int fences;

  /**
   * Ends what a dead process of the same instance left open.
   *
   * @param producers each of the same transactional id
   */
  EmbeddingPublisher(
      Supplier<Producer<byte[], byte[]>> producers, String instance, String embeddingsTopic) {
    this.producers = producers;
    this.instance = instance;
    this.embeddingsTopic = embeddingsTopic;
    producer = opened();
    // Keys are placed by this number, so the topic's partition count must never change.
    embeddingPartitions = producer.partitionsFor(embeddingsTopic).size();
  }

  private Producer<byte[], byte[]> opened() {
    Producer<byte[], byte[]> next = producers.get();
    try {
      next.initTransactions();
      return next;
    } catch (RuntimeException e) {
      next.close(Duration.ZERO);
      throw e;
    }
  }

  String embeddingsTopic() {
    return embeddingsTopic;
  }

  int embeddingPartitions() {
    return embeddingPartitions;
  }

  /**
   * Publishes in one transaction.
   *
   * @param group whose positions {@code offsets} are; null where there are none
   * @return false when the transaction was aborted: nothing is published then, and the caller goes
   *     back to its last committed positions
   * @throws IllegalStateException when this process must not go on
   */
  boolean publish(
      List<ProducerRecord<byte[], byte[]>> records,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      @Nullable ConsumerGroupMetadata group) {
    try {
      producer.beginTransaction();
      records.forEach(producer::send);
      if (group != null) {
        producer.sendOffsetsToTransaction(offsets, group);
      }
      commit();
      fences = 0;
      return true;
    } catch (FencedInstanceIdException e) {
      throw takenOver(instance, e);
    } catch (ProducerFencedException e) {
      fenced(records.size(), e);
      return false;
    } catch (OutOfOrderSequenceException
        | AuthorizationException
        | UnsupportedVersionException
        | InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      log.warn("a transaction of {} records is aborted: {}", records.size(), e.toString());
      abort(records.size(), e);
      return false;
    }
  }

  /**
   * A broker that gave up a transaction which took too long, as after it stood still, says the same
   * as where another process bears the name. Of the latter the group tells this one by its next
   * poll; of the former nobody does, so that a new producer goes on.
   */
  private void fenced(int records, KafkaException e) {
    fences++;
    if (fences >= MOST_FENCES) {
      throw takenOver(instance, e);
    }
    log.warn("a transaction of {} records was given up by the broker: {}", records, e.toString());
    producer.close(Duration.ZERO);
    producer = opened();
  }

  /** What to say when another process bears this one's name. */
  static IllegalStateException takenOver(String instance, KafkaException e) {
    return new IllegalStateException(
        "another serving process took over the instance name '"
            + instance
            + "': give each process a serving.instance of its own",
        e);
  }

  private void commit() {
    for (int attempt = 1; ; attempt++) {
      try {
        producer.commitTransaction();
        return;
      } catch (TimeoutException e) {
        // The outcome is unknown, so aborting is not allowed: only the same call again tells.
        if (attempt == COMMIT_ATTEMPTS) {
          throw new IllegalStateException(
              "no answer to a commit after " + attempt + " attempts", e);
        }
        log.warn("no answer to a commit, attempt {} of {}", attempt, COMMIT_ATTEMPTS);
      }
    }
  }

  /** That another process bears the name, or the broker gave up, often shows at the abort alone. */
  private void abort(int records, KafkaException why) {
    try {
      producer.abortTransaction();
    } catch (KafkaException | IllegalStateException e) {
      why.addSuppressed(e);
      if (!isFence(why) && !isFence(e)) {
        throw new IllegalStateException("a failed transaction cannot be aborted", why);
      }
      fenced(records, why);
    }
  }

  /** An old epoch, or a transaction that another's start has ended. */
  private static boolean isFence(RuntimeException e) {
    return Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
        .anyMatch(
            t ->
                t instanceof ProducerFencedException
                    || t instanceof InvalidProducerEpochException
                    || t instanceof InvalidTxnStateException);
  }

  @Override
  public void close() {
    // Nothing is on its way but to a topic that is gone.
    producer.close(CLOSE);
  }
}
