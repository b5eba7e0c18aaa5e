package io.millrace.ingest.topology;

import io.millrace.ingest.objects.ObjectStore;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.threads.DaemonThreads;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.jspecify.annotations.Nullable;
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
  private static final long KEEP_NANOS = Duration.ofHours(1).toNanos();

  private final KafkaStreams streams;
  private final ReplaceThreads replacing;
  private final Admin admin;
  private final SourceLog source;
  private final SourceLog.Facts facts;
  private final IngestSettings settings;
  private final IngestPulse pulse;
  private final @Nullable Claims claims;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.factory("ingest-watch"));
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable OtherTopicException otherTopic;
  private volatile boolean closing;
  private String lastWarning = "";
  private long keptAt = System.nanoTime();

  private RunIngest(
      KafkaStreams streams,
      ReplaceThreads replacing,
      Admin admin,
      SourceLog source,
      SourceLog.Facts facts,
      IngestSettings settings,
      IngestPulse pulse,
      @Nullable Claims claims) {
    this.streams = streams;
    this.replacing = replacing;
    this.admin = admin;
    this.source = source;
    this.facts = facts;
    this.settings = settings;
    this.pulse = pulse;
    this.claims = claims;
  }

  /** Starts one that traces nothing and knows no objects; see the other. */
  public static RunIngest start(
      Topics topics,
      IngestSettings settings,
      Map<String, Object> client,
      DecodeFunction decoder,
      IngestMetrics metrics) {
    return start(topics, settings, client, decoder, ImageTracer.OFF, metrics, null);
  }

  /**
   * Starts it; {@link #awaitRunning} tells when it works.
   *
   * @param client how to reach the cluster: bootstrap.servers, security; Kafka Streams and its
   *     clients take further properties from it
   * @param decoder decides on the bytes, called by the stream threads
   * @param tracer told of each image, by the stream threads
   * @param objects where claims of s3:// lead, its maker's; null for nowhere
   * @throws IllegalArgumentException when a place of claims is not there
   * @throws OtherTopicException when images.raw was made again since it last ran, and {@link
   *     NewTopic#STOP} is configured
   * @throws IllegalStateException when the cluster does not answer, a topic is missing, or the
   *     topics' message limits do not go together
   */
  public static RunIngest start(
      Topics topics,
      IngestSettings settings,
      Map<String, Object> client,
      DecodeFunction decoder,
      ImageTracer tracer,
      IngestMetrics metrics,
      @Nullable ObjectStore objects) {
    AtomicReference<MessageLimits> limits = new AtomicReference<>(askForLimits(topics, client));
    Claims claims = settings.claims().on() ? Claims.of(topics, settings.claims(), objects) : null;
    Admin admin = Admin.create(client);
    boolean started = false;
    try {
      SourceLog source = new SourceLog(admin, topics, QUESTION);
      SourceLog.Facts facts = source.facts();
      source.settle(facts, settings.newTopic());
      source.followPartitions(facts.partitions());
      IngestPulse pulse = new IngestPulse(InstantSource.system(), settings.unreadyAfter());
      Topology topology =
          ImageTopology.of(topics, settings, limits::get, decoder, tracer, metrics, claims);
      Properties properties = IngestProperties.of(topics, settings, limits.get(), client);
      KafkaStreams streams =
          claims == null
              ? new KafkaStreams(topology, properties)
              : new KafkaStreams(topology, properties, claims.clients());
      var thisIngest = new AtomicReference<RunIngest>();
      var replacing =
          new ReplaceThreads(
              InstantSource.system(),
              pulse,
              settings.mostDeaths(),
              () -> {
                metrics.threadReplaced();
                thisIngest.get().followPartitions();
                askAgain(topics, client, limits);
              });
      RunIngest ingest =
          new RunIngest(streams, replacing, admin, source, facts, settings, pulse, claims);
      streams.setStateListener((now, before) -> ingest.changed(now));
      thisIngest.set(ingest);
      streams.setUncaughtExceptionHandler(replacing);
      streams.start();
      long millis = settings.topicCheck().toMillis();
      ingest.watch.scheduleWithFixedDelay(ingest::look, millis, millis, TimeUnit.MILLISECONDS);
      started = true;
      return ingest;
    } finally {
      if (!started) {
        admin.close(Duration.ofSeconds(5));
        if (claims != null) {
          claims.close();
        }
      }
    }
  }

  /** Looks after what Kafka Streams does not: the topic's identity, partitions, orphans. */
  private void look() {
    try {
      SourceLog.Facts now = source.facts();
      if (!now.id().equals(facts.id())) {
        otherTopic = source.other(facts.id(), now.id());
        log.error("ingest ends: {}", otherTopic.getMessage());
        streams.close(CloseOptions.timeout(Duration.ZERO));
        watch.shutdown();
        return;
      }
      source.followPartitions(now.partitions());
      source.committed().ifPresent(pulse::committed);
      if (System.nanoTime() - keptAt > KEEP_NANOS) {
        keptAt = System.nanoTime();
        source.keep(facts.id());
      }
      source.abortOrphans();
      lastWarning = "";
    } catch (RuntimeException e) {
      String words = String.valueOf(e.getMessage());
      if (!closing && !words.equals(lastWarning)) {
        log.warn("ingest could not look after its topics, it tries again: {}", words);
        lastWarning = words;
      }
    }
  }

  private void followPartitions() {
    try {
      source.followPartitions(source.facts().partitions());
    } catch (RuntimeException e) {
      log.warn("the internal topics stay as they are: {}", e.getMessage());
    }
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
    pulse.entered(now);
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

  /**
   * What keeps it from getting on, in words: threads that die again and again without progress, or
   * a state other than running for longer than {@code unreadyAfter}. Empty where it is well.
   */
  public Optional<String> trouble() {
    OtherTopicException other = otherTopic;
    return other == null ? pulse.trouble() : Optional.of(String.valueOf(other.getMessage()));
  }

  /**
   * Says why it ended by itself.
   *
   * @throws OtherTopicException when images.raw is another topic than the one it began on
   * @throws IllegalStateException when its threads died too often
   */
  public void requireAlive() {
    OtherTopicException other = otherTopic;
    if (other != null && state().hasCompletedShutdown()) {
      throw other;
    }
    if (state().hasCompletedShutdown()) {
      throw new IllegalStateException(
          "ingest ended as "
              + state()
              + ": its threads died too often"
              + pulse.trouble().map(t -> ": " + t).orElse(", see the log"),
          newestFailure());
    }
  }

  /** Its state, in Kafka Streams' words. */
  public KafkaStreams.State state() {
    return streams.state();
  }

  /** Why its newest thread died; null while none has. */
  public @Nullable Throwable newestFailure() {
    return replacing.newest();
  }

  /** For meters. */
  public KafkaStreams streams() {
    return streams;
  }

  /** Commits, leaves its group so that others take over at once, and ends. */
  @Override
  public void close() {
    closing = true;
    watch.shutdownNow();
    CloseOptions leave =
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
            .withTimeout(CLOSING);
    if (!streams.close(leave)) {
      log.warn(
          "ingest did not end within {} s; what it had not committed comes again",
          CLOSING.toSeconds());
    }
    admin.close(Duration.ofSeconds(5));
    if (claims != null) {
      claims.close();
    }
  }
}
