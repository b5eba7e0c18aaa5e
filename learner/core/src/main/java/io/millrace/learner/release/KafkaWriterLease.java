package io.millrace.learner.release;

import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Generation;
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
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(KafkaWriterLease.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 3;

  /**
   * What a killed holder left open hides later records of all models until the broker aborts it,
   * which looks for such ones every 10 s. A holder that was merely slow asks again.
   */
  private static final Duration TRANSACTION = Duration.ofSeconds(10);

  /** Longer than another holder's open transaction may live. */
  private static final Duration PATIENCE = TIMEOUT.multipliedBy(2);

  /**
   * What the topic holds for a model.
   *
   * @param generation the group formed last; null in records of learners that had none
   */
  record Record(
      String model, long step, String writtenAt, Lineage lineage, @Nullable Generation generation) {
    /** Of a learner by itself. */
    Record(String model, long step, String writtenAt, Lineage lineage) {
      this(model, step, writtenAt, lineage, null);
    }

    Lineage whole() {
      return lineage.at(step).formed(generation);
    }
  }

  private final Map<String, Object> client;
  private final String topic;
  private final String model;
  private final InstantSource clock;
  private final Function<Map<String, Object>, Producer<String, byte[]>> producers;
  private final Supplier<Lineage> newest;
  private @Nullable Producer<String, byte[]> producer;
  private Lineage lineage = new Lineage(0, List.of());
  private long step; // of the latest record
  private @Nullable FencedException fenced;

  /**
   * @param client Kafka client settings: bootstrap servers, security
   * @param topic the lease topic, compacted
   */
  public KafkaWriterLease(
      Map<String, Object> client, String topic, String model, InstantSource clock) {
    this(
        client,
        topic,
        model,
        clock,
        config -> new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer()),
        () -> latest(client, topic, model));
  }

  /** With producers and the topic's newest lineage from elsewhere, for tests. */
  KafkaWriterLease(
      Map<String, Object> client,
      String topic,
      String model,
      InstantSource clock,
      Function<Map<String, Object>, Producer<String, byte[]>> producers,
      Supplier<Lineage> newest) {
    this.client = Map.copyOf(client);
    this.topic = topic;
    this.model = model;
    this.clock = clock;
    this.producers = producers;
    this.newest = newest;
  }

  @Override
  public Lineage look() {
    return newest.get();
  }

  @Override
  public Lineage acquire(long highestSeen) {
    fencing(this::open);
    Lineage before = newest.get();
    lineage = before.under(Math.max(before.epoch(), highestSeen) + 1);
    step = before.step();
    commit();
    return lineage;
  }

  private Producer<String, byte[]> open() {
    var config = new HashMap<>(client);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "millrace-learner-" + topic + "-" + model);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION.toMillis());
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT.toMillis());
    Producer<String, byte[]> p = producers.apply(config);
    producer = p;
    try {
      p.initTransactions();
    } catch (RuntimeException e) {
      discard(p);
      throw e;
    }
    return p;
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

  private static Lineage latest(Map<String, Object> client, String topic, String model) {
    var found = new Lineage[] {new Lineage(0, List.of())};
    KafkaTopicReader.readAll(
        client,
        topic,
        PATIENCE,
        (key, value) -> {
          if (key.equals(model) && value != null) {
            try {
              found[0] = read(value);
            } catch (IOException e) {
              throw new UncheckedIOException("the lease of " + model + " in " + topic, e);
            }
          }
        });
    return found[0];
  }

  /** What a record of the topic says. */
  static Lineage read(byte[] value) throws IOException {
    return ReleaseJson.read(value, Record.class).whole();
  }

  @Override
  public void form(Generation generation) {
    lineage = lineage.formed(generation);
    commit();
  }

  private void commit() {
    if (lineage.epoch() == 0) {
      throw new IllegalStateException("the lease of " + model + " was not acquired");
    }
    byte[] value =
        ReleaseJson.write(
            new Record(
                model,
                step,
                Instant.from(clock.instant()).toString(),
                lineage,
                lineage.generation()));
    fencing(() -> transactOrAgain(value));
  }

  /**
   * A producer is fenced by a learner that takes over, but also by the broker, which aborts a
   * transaction that was open for too long, as when the process was stopped for a minute. Which of
   * them it was the topic tells: while it has no higher epoch, the lease is still ours.
   */
  private void transactOrAgain(byte[] value) {
    for (int attempt = 1; ; attempt++) {
      try {
        Producer<String, byte[]> open = producer;
        transact(open == null ? reopen() : open, value);
        return;
      } catch (ProducerFencedException | InvalidProducerEpochException e) {
        Producer<String, byte[]> useless = producer;
        if (useless != null) {
          discard(useless);
        }
        requireNotTakenOver();
        if (attempt == ATTEMPTS) {
          throw new KafkaException(
              "the lease's producer was fenced %d times, though no other learner took over"
                  .formatted(attempt),
              e);
        }
        LOG.warn(
            "the lease's transaction was cut off, trying again with epoch {}", lineage.epoch());
      }
    }
  }

  private void transact(Producer<String, byte[]> p, byte[] value) {
    try {
      p.beginTransaction();
      p.send(new ProducerRecord<>(topic, model, value)).get();
    } catch (KafkaException | ExecutionException e) {
      KafkaException failed = failure(e);
      abort(p);
      throw failed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      discard(p);
      throw new InterruptException(e);
    }
    end(p);
  }

  /** Once a commit was asked for without an answer, it may only be asked for again. */
  private void end(Producer<String, byte[]> p) {
    for (int attempt = 1; ; attempt++) {
      try {
        p.commitTransaction();
        return;
      } catch (TimeoutException e) {
        if (attempt == ATTEMPTS) {
          discard(p);
          throw e;
        }
        LOG.warn("no answer to the lease's commit, asking again: {}", e.toString());
      } catch (InterruptException e) {
        discard(p);
        throw e;
      } catch (KafkaException e) {
        KafkaException failed = failure(e);
        abort(p);
        throw failed;
      }
    }
  }

  private void abort(Producer<String, byte[]> p) {
    try {
      p.abortTransaction();
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.warn(
          "the lease's producer is of no more use, the next attempt opens one: {}", e.toString());
      discard(p);
    }
  }

  private void discard(Producer<String, byte[]> p) {
    producer = null;
    p.close(Duration.ZERO);
  }

  /** Looks first: opening a producer would fence a learner that took over meanwhile. */
  private Producer<String, byte[]> reopen() {
    requireNotTakenOver();
    Producer<String, byte[]> p = open();
    requireNotTakenOver();
    return p;
  }

  private void requireNotTakenOver() {
    long there = newest.get().epoch();
    if (there > lineage.epoch()) {
      throw new ProducerFencedException("the lease topic is at epoch " + there);
    }
  }

  private static KafkaException failure(Exception e) {
    Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof ProducerFencedException || t instanceof InvalidProducerEpochException) {
        throw (KafkaException) t;
      }
    }
    return cause instanceof KafkaException k ? k : new KafkaException(cause);
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
