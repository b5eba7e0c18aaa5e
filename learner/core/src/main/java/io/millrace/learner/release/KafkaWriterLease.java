package io.millrace.learner.release;

import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The lease as Kafka keeps it. {@code initTransactions} under the model's fixed {@code
 * transactional.id} makes the broker fence every producer that had it before; each confirmation
 * commits a record to {@code learner.lease} in a transaction, which a fenced producer can't.
 *
 * <p>The epoch is a number of our own in that record, one above the highest ever committed, and not
 * the broker's producer epoch: that one is 16 bits wide, starts again with each producer id, and is
 * forgotten when a transactional id expires. Because the record is written after the fencing and
 * under it, no two holders get one number. It is also above every epoch on disk, should the topic
 * have been lost.
 */
public final class KafkaWriterLease implements WriterLease {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** What the topic holds for a model. */
  record Record(String model, long step, String writtenAt, Lineage lineage) {}

  private final Map<String, Object> client;
  private final String topic;
  private final String model;
  private final InstantSource clock;
  private @Nullable KafkaProducer<String, byte[]> producer;
  private Lineage lineage = new Lineage(0, List.of());
  private long step;
  private @Nullable FencedException fenced;

  /**
   * @param client Kafka client settings: bootstrap servers, security
   * @param topic the lease topic, compacted
   */
  public KafkaWriterLease(
      Map<String, Object> client, String topic, String model, InstantSource clock) {
    this.client = Map.copyOf(client);
    this.topic = topic;
    this.model = model;
    this.clock = clock;
  }

  @Override
  public Lineage acquire(long highestSeen) {
    var config = new HashMap<>(client);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "millrace-learner-" + topic + "-" + model);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TIMEOUT.toMillis());
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT.toMillis());
    var opened = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
    producer = opened;
    fencing(opened::initTransactions);
    Lineage before = latest();
    lineage = new Lineage(Math.max(before.epoch(), highestSeen) + 1, before.adoptions());
    commit();
    return lineage;
  }

  @Override
  public void adopt(String store, @Nullable CheckpointName checkpoint) {
    lineage = lineage.adopted(store, checkpoint);
    step = checkpoint == null ? 0 : checkpoint.step();
    commit();
  }

  @Override
  public void confirm(long confirmedStep) {
    step = confirmedStep;
    commit();
  }

  private Lineage latest() {
    var found = new Lineage[] {new Lineage(0, List.of())};
    KafkaTopicReader.readAll(
        client,
        topic,
        TIMEOUT,
        (key, value) -> {
          if (key.equals(model) && value != null) {
            try {
              found[0] = ReleaseJson.read(value, Record.class).lineage();
            } catch (IOException e) {
              throw new UncheckedIOException("the lease of " + model + " in " + topic, e);
            }
          }
        });
    return found[0];
  }

  private void commit() {
    KafkaProducer<String, byte[]> p = producer;
    if (p == null) {
      throw new IllegalStateException("the lease of " + model + " was not acquired");
    }
    byte[] value =
        ReleaseJson.write(
            new Record(model, step, Instant.from(clock.instant()).toString(), lineage));
    fencing(
        () -> {
          p.beginTransaction();
          try {
            p.send(new ProducerRecord<>(topic, model, value)).get();
            p.commitTransaction();
          } catch (ProducerFencedException | InvalidProducerEpochException e) {
            throw e;
          } catch (KafkaException | ExecutionException e) {
            if (e.getCause() instanceof ProducerFencedException
                || e.getCause() instanceof InvalidProducerEpochException) {
              throw new ProducerFencedException(String.valueOf(e.getCause().getMessage()));
            }
            p.abortTransaction();
            throw e instanceof KafkaException k ? k : new KafkaException(e.getCause());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            p.abortTransaction();
            throw new KafkaException(e);
          }
        });
  }

  private void fencing(Runnable transaction) {
    if (fenced != null) {
      throw fenced;
    }
    try {
      transaction.run();
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      fenced =
          new FencedException(
              "model "
                  + model
                  + " was taken over by another learner: this one (epoch "
                  + lineage.epoch()
                  + ") stops and saves nothing more",
              e);
      throw fenced;
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(Duration.ofSeconds(5));
    }
  }
}
