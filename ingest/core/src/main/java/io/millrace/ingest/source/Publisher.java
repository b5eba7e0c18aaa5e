package io.millrace.ingest.source;

import io.millrace.ingest.image.ImageRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a source, each image once: every transaction holds some images and the position after
 * them, so a restart goes on exactly where the last commit ended, and readers of committed records
 * see no image twice. One publisher of a source at a time: a second one fences the first.
 */
public final class Publisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
  private static final int ATTEMPTS = 6;
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(200).toNanos();

  private final ImageSource source;
  private final ImageSet images;
  private final PublishTarget target;
  private final TargetFacts facts;
  private final PublishSettings settings;
  private final Producer<String, byte[]> producer;
  private final PublishPositions positions;
  private final LagProbe lag;
  private final SourceMetrics metrics;
  private final Consumer<PublishProgress> progress;
  private final Pace pace;
  private final CountDownLatch stop = new CountDownLatch(1);

  private long due;
  private long nextLook;

  Publisher(
      ImageSource source,
      PublishTarget target,
      TargetFacts facts,
      PublishSettings settings,
      Producer<String, byte[]> producer,
      PublishPositions positions,
      LagProbe lag,
      SourceMetrics metrics,
      Consumer<PublishProgress> progress,
      Pace pace) {
    this.source = source;
    this.images = source.stream();
    this.target = target;
    this.facts = facts;
    this.settings = settings;
    this.producer = producer;
    this.positions = positions;
    this.lag = lag;
    this.metrics = metrics;
    this.progress = progress;
    this.pace = pace;
  }

  /**
   * A publisher connected to Kafka.
   *
   * @param source stays the caller's to close
   * @param client Kafka client settings: bootstrap servers and security
   * @param lag consumers to wait for
   * @param progress hears of every commit, on the publishing thread
   */
  public static Publisher connect(
      ImageSource source,
      PublishTarget target,
      PublishSettings settings,
      Map<String, Object> client,
      LagProbe lag,
      SourceMetrics metrics,
      Consumer<PublishProgress> progress) {
    TargetFacts facts;
    try (Admin admin = Admin.create(new HashMap<>(client))) {
      facts = TargetFacts.of(admin, target.imagesTopic());
    }
    int limit = Math.min(facts.maxRecordBytes(), settings.maxRecordBytes());
    Map<String, Object> config = new HashMap<>(client);
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG, target.imagesTopic() + "-from-" + source.name());
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, limit);
    config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Math.max(32L << 20, 2L * limit));
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none"); // images are compressed already
    return new Publisher(
        source,
        target,
        facts,
        settings,
        new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer()),
        new KafkaPublishPositions(client, target.positionsTopic()),
        lag,
        metrics,
        progress,
        Pace.SYSTEM);
  }

  /** Ends {@link #run} after the transaction at hand. Any thread may call it. */
  public void stop() {
    stop.countDown();
  }

  private boolean stopped() {
    return stop.getCount() == 0;
  }

  /**
   * Publishes until the source ends or {@link #stop} is called.
   *
   * @throws PublishException when the recorded position belongs to other content or another order,
   *     another publisher of this source has started, or Kafka fails again and again
   * @throws InterruptedException when the thread is; the open transaction is left to abort
   */
  public PublishReport run() throws InterruptedException {
    try {
      producer.initTransactions(); // first: it ends what an earlier publisher left open
      PublishPosition start = startPosition();
      Progress done = new Progress(start, pace.nanoTime());
      due = pace.nanoTime();
      nextLook = due;
      while (!stopped() && done.committed.next() < images.count()) {
        awaitConsumers();
        commitNext(done);
      }
      return done.report(images.count());
    } catch (ProducerFencedException | InvalidProducerEpochException | InvalidTxnStateException e) {
      throw new PublishException(
          "another publisher of " + source.name() + " to " + target.imagesTopic() + " has started",
          e);
    } catch (InterruptException e) {
      Thread.interrupted();
      throw (InterruptedException) new InterruptedException("publishing").initCause(e);
    } catch (KafkaException e) {
      throw new PublishException(
          "publishing " + source.name() + " to " + target.imagesTopic() + ": " + e.getMessage(), e);
    }
  }

  private PublishPosition startPosition() {
    PublishOrder order = settings.order();
    PublishPosition start =
        PublishPosition.start(facts.topicId(), source.fingerprint(), order, settings.seed());
    PublishPosition last = settings.startOver() ? null : positions.find(source.name());
    if (last == null) {
      return start;
    }
    if (!last.topicId().equals(start.topicId())) {
      LOG.warn(
          "{} was published to an earlier {}, now deleted and made again: from the start",
          source.name(),
          target.imagesTopic());
      return start;
    }
    checkSame("content", last.fingerprint(), start.fingerprint());
    checkSame("order", last.order(), start.order());
    if (order == PublishOrder.SHUFFLED) {
      checkSame("seed", last.seed(), start.seed());
    }
    if (last.next() > 0) {
      LOG.info("{}: going on at image {} of the order", source.name(), last.next());
    }
    return last;
  }

  private void checkSame(String what, Object recorded, Object now) {
    if (!recorded.equals(now)) {
      throw new PublishException(
          "%s was published up to now with %s %s, and has %s %s: publish it under another name,"
                  .formatted(source.name(), what, recorded, what, now)
              + " or start over with --start-over (publish.startOver=true)");
    }
  }

  /** Waits while consumers are too far behind. */
  private void awaitConsumers() throws InterruptedException {
    if (settings.maxLag() == 0 || pace.nanoTime() - nextLook < 0) {
      return;
    }
    long from = pace.nanoTime();
    boolean waited = false;
    while (!stopped()) {
      OptionalLong behind = lag.lag();
      nextLook = pace.nanoTime() + settings.lagInterval().toNanos();
      if (behind.isEmpty() || behind.getAsLong() <= settings.maxLag()) {
        break;
      }
      if (!waited) {
        LOG.debug("consumers are {} records behind: waiting", behind.getAsLong());
      }
      waited = true;
      pace.sleep(settings.lagInterval().toNanos(), stop);
    }
    if (waited) {
      metrics.waitedForLag(pace.nanoTime() - from);
    }
  }

  /** One transaction, tried again from its start when it fails. */
  private void commitNext(Progress done) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      awaitDue();
      if (stopped()) {
        return;
      }
      Batch batch = new Batch(done.committed);
      try {
        producer.beginTransaction();
        fill(batch);
        producer.send(
            new ProducerRecord<>(target.positionsTopic(), source.name(), batch.position.toJson()));
        commit();
      } catch (ProducerFencedException
          | InterruptException
          | AuthenticationException
          | AuthorizationException
          | UnsupportedVersionException e) {
        throw e;
      } catch (KafkaException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        LOG.warn(
            "a transaction of {} images failed and is tried again: {}", batch.images, e.toString());
        producer.abortTransaction();
        metrics.transactionAborted();
        pace.sleep(FIRST_PAUSE_NANOS << (attempt - 1), stop);
        continue;
      }
      done.add(batch);
      metrics.committed(
          batch.images,
          batch.bytes,
          batch.position.tooLargeForBroker() - batch.from.tooLargeForBroker(),
          batch.position.unreadable() - batch.from.unreadable());
      progress.accept(done.progress(images.count(), pace.nanoTime()));
      return;
    }
  }

  /** A commit that timed out may have happened: only asking again tells. */
  private void commit() {
    for (int attempt = 1; ; attempt++) {
      try {
        producer.commitTransaction();
        return;
      } catch (TimeoutException e) {
        if (attempt == ATTEMPTS) {
          throw new PublishException("no answer to a commit, " + ATTEMPTS + " times", e);
        }
        LOG.warn("no answer to a commit, asking again: {}", e.toString());
      }
    }
  }

  private void fill(Batch batch) throws InterruptedException {
    PublishOrder order = batch.position.order();
    ShuffledOrder shuffle =
        order == PublishOrder.SHUFFLED ? new ShuffledOrder(settings.seed(), images.count()) : null;
    long end = pace.nanoTime() + settings.transactionInterval().toNanos();
    while (!stopped()
        && batch.images < settings.transactionImages()
        && batch.position.next() < images.count()) {
      boolean begun = batch.position.next() > batch.from.next();
      if (begun && (pace.nanoTime() - end >= 0 || due - end > 0)) {
        return;
      }
      awaitDue();
      long ordinal = batch.position.next();
      send(shuffle == null ? ordinal : shuffle.indexOf(ordinal), batch);
    }
  }

  private void send(long index, Batch batch) {
    ImageRecord image;
    try {
      image = images.read(index);
    } catch (OversizedImageException e) {
      tooLarge(images.place(index), e.getMessage(), batch);
      return;
    } catch (IOException | RuntimeException e) { // one file never ends the rest
      LOG.warn("{} can't be read and is passed over: {}", images.place(index), e.toString());
      batch.position = batch.position.passedOverUnreadable();
      return;
    }
    ProducerRecord<String, byte[]> sent = ImageRecords.of(image, target.imagesTopic());
    int limit = Math.min(facts.maxRecordBytes(), settings.maxRecordBytes());
    long size = ImageRecords.sizeBound(sent);
    if (size > limit) {
      tooLarge(images.place(index), "a record of " + size + " bytes, limit " + limit, batch);
      return;
    }
    producer.send(sent);
    batch.images++;
    batch.bytes += image.size();
    batch.position = batch.position.publishedOne();
    if (settings.maxPerSecond() > 0) {
      due = Math.max(due, pace.nanoTime()) + (long) (1e9 / settings.maxPerSecond());
    }
  }

  private void tooLarge(String place, @Nullable String why, Batch batch) {
    LOG.warn("{} is too large for the broker and is passed over: {}", place, why);
    batch.position = batch.position.passedOverTooLarge();
  }

  private void awaitDue() throws InterruptedException {
    for (long left = due - pace.nanoTime(); left > 0 && !stopped(); left = due - pace.nanoTime()) {
      pace.sleep(left, stop);
    }
  }

  /** Ends the producer; call it after {@link #run} has returned. */
  @Override
  public void close() {
    stop();
    producer.close();
  }

  /** One transaction's images. */
  private static final class Batch {
    private final PublishPosition from;
    private PublishPosition position;
    private int images;
    private long bytes;

    Batch(PublishPosition from) {
      this.from = from;
      this.position = from;
    }
  }

  /** What this run has committed. */
  private static final class Progress {
    private final PublishPosition start;
    private final long startNanos;
    private PublishPosition committed;
    private long bytes;

    Progress(PublishPosition start, long startNanos) {
      this.start = start;
      this.startNanos = startNanos;
      this.committed = start;
    }

    void add(Batch batch) {
      committed = batch.position;
      bytes += batch.bytes;
    }

    PublishProgress progress(long total, long nanoTime) {
      double seconds = Math.max(1e-9, (nanoTime - startNanos) / 1e9);
      double rate = (committed.next() - start.next()) / seconds;
      boolean unknown = total == ImageSet.UNBOUNDED || rate <= 0;
      return new PublishProgress(
          committed.published(),
          committed.next(),
          total,
          rate,
          unknown ? null : Duration.ofMillis((long) ((total - committed.next()) / rate * 1000)));
    }

    PublishReport report(long total) {
      return new PublishReport(
          committed.published() - start.published(),
          bytes,
          committed.tooLargeForBroker() - start.tooLargeForBroker(),
          committed.unreadable() - start.unreadable(),
          committed.next(),
          total);
    }
  }
}
