package io.millrace.ingest.topology;

import io.millrace.ingest.stream.Topics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running ingest: reads images.raw, writes images.accepted, images.rejected and stream.stats in
 * transactions. Close it before the decoder it was given.
 */
public final class RunIngest implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunIngest.class);
  private static final Duration QUESTION = Duration.ofSeconds(30);
  private static final Duration CLOSING = Duration.ofSeconds(30);

  private final KafkaStreams streams;
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  private RunIngest(KafkaStreams streams) {
    this.streams = streams;
  }

  /**
   * Starts it; {@link #awaitRunning} tells when it works.
   *
   * @param client how to reach the cluster: bootstrap.servers, security; Kafka Streams and its
   *     clients take further properties from it
   * @param decoder decides on the bytes, called by the stream threads
   * @throws IllegalStateException when the cluster does not answer, a topic is missing, or the
   *     topics' message limits do not go together
   */
  public static RunIngest start(
      Topics topics,
      IngestSettings settings,
      Map<String, Object> client,
      DecodeFunction decoder,
      IngestMetrics metrics) {
    AtomicReference<MessageLimits> limits = new AtomicReference<>(askForLimits(topics, client));
    KafkaStreams streams =
        new KafkaStreams(
            ImageTopology.of(topics, settings, limits::get, decoder, metrics),
            IngestProperties.of(topics, settings, limits.get(), client));
    RunIngest ingest = new RunIngest(streams);
    streams.setStateListener((now, before) -> ingest.changed(now));
    streams.setUncaughtExceptionHandler(
        new ReplaceThreads(
            InstantSource.system(),
            () -> {
              metrics.threadReplaced();
              askAgain(topics, client, limits);
            }));
    streams.start();
    return ingest;
  }

  private static MessageLimits askForLimits(Topics topics, Map<String, Object> client) {
    try (Admin admin = Admin.create(client)) {
      TopicAdmin topicAdmin = new TopicAdmin(admin, QUESTION);
      topicAdmin.require(
          List.of(
              topics.imagesRaw(),
              topics.imagesAccepted(),
              topics.imagesRejected(),
              topics.streamStats()));
      return MessageLimits.of(topics, topicAdmin);
    }
  }

  /**
   * A thread may have died of a limit that was lowered: an image that was too large is rejected.
   */
  private static void askAgain(
      Topics topics, Map<String, Object> client, AtomicReference<MessageLimits> limits) {
    try {
      limits.set(askForLimits(topics, client).atMost(limits.get()));
    } catch (RuntimeException e) {
      log.warn("the message limits stay as they were", e);
    }
  }

  private void changed(KafkaStreams.State now) {
    log.info("ingest is {}", now);
    if (now == KafkaStreams.State.RUNNING) {
      running.countDown();
    }
    if (now.hasCompletedShutdown()) {
      running.countDown();
      ended.countDown();
    }
  }

  /**
   * Waits until it works for the first time.
   *
   * @return false when it does not within {@code timeout}, or ended
   */
  public boolean awaitRunning(Duration timeout) throws InterruptedException {
    return running.await(timeout.toMillis(), TimeUnit.MILLISECONDS) && isAlive();
  }

  /** Waits until it ended, by {@link #close} or because its threads died too often. */
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** Whether it works or will. */
  public boolean isAlive() {
    return streams.state().isRunningOrRebalancing();
  }

  /** Its state, in Kafka Streams' words. */
  public KafkaStreams.State state() {
    return streams.state();
  }

  /** For meters. */
  public KafkaStreams streams() {
    return streams;
  }

  /** Commits, leaves its group so that others take over at once, and ends. */
  @Override
  public void close() {
    CloseOptions leave =
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(CLOSING);
    if (!streams.close(leave)) {
      log.warn(
          "ingest did not end within {} s; what it had not committed comes again",
          CLOSING.toSeconds());
    }
  }
}
