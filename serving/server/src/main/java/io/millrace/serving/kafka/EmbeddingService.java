package io.millrace.serving.kafka;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.stream.Propagation;
import io.millrace.ingest.stream.TopicFollower;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.loop.Rate;
import io.millrace.serving.client.RefreshState;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.EmbedderLoader;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.embed.ReleaseNotLoadedException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving role: embeds every accepted image with the promoted release.
 *
 * <pre>
 *  waiting ──promoted──▶ refreshing v1 ──complete──▶ live v1 ──promoted v2──▶ live v1 + refreshing v2
 *                         │        ▲                    ▲  ◀──────complete (v2 lives)────┤
 *                         └promoted┘ (starts over with  └────promoted v1 (v2 is dropped)─┘
 *                                     the newer one)
 * </pre>
 *
 * <p>An embedder is a version and its positions, and both states run the same code. The state is
 * read from the topics: {@code model.releases} says what is promoted, {@code embedding.refresh}
 * what is complete; the version completed for the latest promotion serves. So a process that is
 * killed, or joins, comes to the same state, and processes share the partitions. One thread does
 * everything but decoding: live images before the re-embedding at every batch, at most two networks
 * in memory.
 */
public final class EmbeddingService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddingService.class);
  private static final Duration IDLE = Duration.ofMillis(100);
  private static final Duration BRIEF = Duration.ofMillis(20);
  private static final long FOLLOW_EVERY_NANOS = 200_000_000L;
  private static final int GLANCE_SHARE = 100;
  private static final long LOOK_MILLIS = 1_000;

  private final ServingSettings settings;
  private final String model;
  private final Topics topics;
  private final ServingClients clients;
  private final EmbedderLoader loader;
  private final Function<byte[], DecodeOutcome> decoder;
  private final Propagation propagation;
  private final ServingMetrics metrics;
  private final InstantSource clock;
  private volatile boolean stopping;
  private volatile ServingStatus status;

  /**
   * A serving role that has not begun.
   *
   * @param settings how it works
   * @param model name of the model it serves
   * @param topics names
   * @param clientSettings what every Kafka client needs: bootstrap servers, security
   * @param loader makes the embedder of a release, on the thread that calls {@link #run}
   * @param decoder bytes to pixels; called by several threads
   * @param propagation what embeddings and targets carry of their images' producers
   * @param metrics what it counts
   * @param clock wall clock
   */
  public EmbeddingService(
      ServingSettings settings,
      String model,
      Topics topics,
      Map<String, Object> clientSettings,
      EmbedderLoader loader,
      Function<byte[], DecodeOutcome> decoder,
      Propagation propagation,
      ServingMetrics metrics,
      InstantSource clock) {
    this(
        settings,
        model,
        topics,
        ServingClients.of(clientSettings),
        loader,
        decoder,
        propagation,
        metrics,
        clock);
  }

  EmbeddingService(
      ServingSettings settings,
      String model,
      Topics topics,
      ServingClients clients,
      EmbedderLoader loader,
      Function<byte[], DecodeOutcome> decoder,
      Propagation propagation,
      ServingMetrics metrics,
      InstantSource clock) {
    this.settings = settings;
    this.model = model;
    this.topics = topics;
    this.clients = clients;
    this.loader = loader;
    this.decoder = decoder;
    this.propagation = propagation;
    this.metrics = metrics;
    this.clock = clock;
    status = ServingStatus.waiting(model);
  }

  /** The state of a moment ago; from any thread. */
  public ServingStatus status() {
    return status;
  }

  /**
   * Serves until {@link #close}. Where the topic of accepted images or that of embeddings is
   * deleted and made again, it begins anew.
   *
   * @throws IllegalStateException when it must not go on: a topic is missing, another process has
   *     taken over this one's instance name, or the topics hold another model's embeddings
   */
  public void run() {
    try (Admin lookout = clients.admin()) {
      while (!stopping) {
        Map<String, String> ids = null;
        try (Work work = new Work()) {
          ids = work.topicIds;
          while (!stopping) {
            work.runOnce();
          }
        } catch (KafkaException | IllegalStateException e) {
          if (ids == null || !isReplaced(lookout, ids, e)) {
            throw e;
          }
          log.warn("a topic was deleted; all is embedded anew once it is there", e);
          awaitTopics(lookout, ids.keySet());
        }
      }
    } finally {
      status = ServingStatus.waiting(model);
    }
  }

  /** Whether a failure is that of a topic that is no longer the one it was. */
  private boolean isReplaced(Admin lookout, Map<String, String> ids, Exception why) {
    if (why instanceof ReplacedTopicException) {
      return true;
    }
    try {
      return ids.entrySet().stream()
          .anyMatch(
              was -> !TopicIdentity.of(lookout, was.getKey()).equals(Optional.of(was.getValue())));
    } catch (KafkaException e) {
      why.addSuppressed(e);
      return false;
    }
  }

  private void awaitTopics(Admin lookout, Set<String> names) {
    try {
      while (!stopping
          && names.stream().anyMatch(name -> TopicIdentity.of(lookout, name).isEmpty())) {
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** A topic is gone, or another one. */
  private static final class ReplacedTopicException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    ReplacedTopicException(String topic, String was, Optional<String> is) {
      super("topic '" + topic + "' was " + was + " and is " + is.orElse("gone"));
    }
  }

  /** Ends {@link #run} after its present batch; from any thread. */
  @Override
  public void close() {
    stopping = true;
  }

  /** What lives as long as one run, on its thread. */
  private final class Work implements AutoCloseable {
    private final Closing closing = new Closing();
    private final Admin admin;
    private final String embeddingsId;
    private final Map<String, String> topicIds;
    private final EmbeddingPublisher publisher;
    private final ReleaseWatcher releases;
    private final RefreshState board = new RefreshState(model);
    private final TopicFollower boardFollower;
    private final EmbedderContext context;
    private final DutyCycle duty = new DutyCycle(settings.refreshShare());
    private final Rate rate = new Rate();
    private @Nullable VersionEmbedder live;
    private @Nullable VersionEmbedder refreshing;
    private @Nullable Retirement retirement;
    private Duration glance = Duration.ZERO;
    private long followedAt = System.nanoTime() - FOLLOW_EVERY_NANOS;
    private final Map<Long, Long> nextLoadMillis = new HashMap<>();
    private long nextRetirementMillis;
    private long nextLookMillis;
    private long embeddedBefore;
    private long forgottenBefore;
    private long unembeddableBefore;

    Work() {
      boolean ready = false;
      try {
        admin = closing.add(clients.admin());
        embeddingsId = idOf(topics.embeddings());
        String acceptedId = idOf(topics.imagesAccepted());
        topicIds = Map.of(topics.embeddings(), embeddingsId, topics.imagesAccepted(), acceptedId);
        publisher =
            closing.add(
                new EmbeddingPublisher(
                    () ->
                        clients.producer(
                            topics.prefix() + "serving." + settings.instance(),
                            settings.transactionTimeout()),
                    settings.instance(),
                    topics.embeddings()));
        releases = closing.add(new ReleaseWatcher(clients.reader(), topics.modelReleases(), model));
        boardFollower = closing.add(board.follow(clients.reader(), topics.embeddingRefresh()));
        boardFollower.readToEnd();
        if (!board.otherModels().isEmpty()) {
          throw new IllegalStateException(
              "topic '"
                  + topics.embeddingRefresh()
                  + "' has refreshes of "
                  + board.otherModels()
                  + ", and this process serves '"
                  + model
                  + "': one prefix has one model; give this one a kafka.topicPrefix of its own");
        }
        DecodePool decoders = closing.add(new DecodePool(settings.decodeThreads(), decoder));
        context =
            new EmbedderContext(
                topics.imagesAccepted(),
                acceptedId,
                topics.embeddingRefresh(),
                publisher,
                decoders,
                settings,
                metrics,
                clock,
                board::versions,
                this::positions,
                this::promotedVersion,
                topics.targets(),
                propagation);
        ready = true;
      } finally {
        if (!ready) {
          closing.close();
        }
      }
    }

    private String idOf(String topic) {
      return TopicIdentity.of(admin, topic)
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "topic '"
                          + topic
                          + "' does not exist: create it with 'millrace topics --create'"));
    }

    private Map<TopicPartition, Long> positions(long version) {
      String group =
          VersionEmbedder.group(topics.prefix(), new ModelVersion(model, version), embeddingsId);
      var out = new HashMap<TopicPartition, Long>();
      try {
        admin
            .listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata()
            .get()
            .forEach((at, next) -> out.put(at, next == null ? 0 : next.offset()));
        return out;
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof GroupIdNotFoundException) {
          return out;
        }
        throw new KafkaException("no answer about the positions of " + group, e.getCause());
      }
    }

    private long promotedVersion() {
      Promotion promoted = releases.promoted();
      return promoted == null ? -1 : promoted.version();
    }

    void runOnce() {
      if (System.nanoTime() - followedAt >= FOLLOW_EVERY_NANOS) {
        follow(Duration.ZERO);
        requireSameTopics();
        decide();
        tell();
      }
      VersionEmbedder serving = live;
      VersionEmbedder filling = refreshing;
      boolean mayRefresh = duty.mayWork(System.nanoTime());
      boolean more = mayRefresh && (filling != null || retirement != null);
      if (serving != null) {
        serving.runOnce(more ? glance : IDLE, more ? glance : Duration.ZERO);
      }
      if (mayRefresh && filling != null) {
        long from = System.nanoTime();
        boolean worked = filling.runOnce(serving == null ? IDLE : BRIEF, Duration.ZERO);
        long to = System.nanoTime();
        if (worked) {
          duty.worked(from, to);
        }
        // After a long batch the live images wait at the broker: time enough for them to get here.
        glance = Duration.ofNanos((to - from) / GLANCE_SHARE);
      } else if (mayRefresh && retirement != null) {
        retire(retirement);
      } else if (serving == null) {
        // Resting, or nothing to do yet.
        follow(filling == null ? IDLE : BRIEF);
        decide();
      }
    }

    private void requireSameTopics() {
      if (clock.millis() < nextLookMillis) {
        return;
      }
      nextLookMillis = clock.millis() + LOOK_MILLIS;
      topicIds.forEach(this::requireSame);
    }

    private void requireSame(String topic, String was) {
      Optional<String> now;
      try {
        now = TopicIdentity.of(admin, topic);
      } catch (KafkaException e) {
        return; // A broker out of reach shows elsewhere, and may pass.
      }
      if (!now.equals(Optional.of(was))) {
        throw new ReplacedTopicException(topic, was, now);
      }
    }

    private void follow(Duration wait) {
      releases.poll(wait);
      boardFollower.poll(Duration.ZERO);
      followedAt = System.nanoTime();
    }

    // Which version serves, which one fills, which ones go.

    private void decide() {
      OptionalLong complete = board.live();
      if (complete.isPresent() && !isVersion(live, complete.getAsLong())) {
        makeLive(complete.getAsLong());
      }
      Promotion promoted = releases.promoted();
      if (promoted == null) {
        return;
      }
      if (isVersion(live, promoted.version())) {
        dropRefresh("its predecessor is promoted again");
      } else if (!isVersion(refreshing, promoted.version())) {
        dropRefresh("a newer release is promoted");
        refreshing = open(promoted.version(), promoted.number());
      } else if (refreshing != null && refreshing.promotion() != promoted.number()) {
        refreshing.restartFor(promoted.number());
      }
      planRetirement(promoted);
    }

    private void makeLive(long version) {
      if (isVersion(refreshing, version)) {
        stop(live);
        live = refreshing;
        refreshing = null;
        log.info("{}@{} serves", model, version);
        return;
      }
      VersionEmbedder opened = open(version, board.promotionOfComplete(version));
      if (opened != null) {
        stop(live);
        live = opened;
        log.info("{}@{} goes on serving", model, version);
      }
    }

    private void dropRefresh(String why) {
      if (refreshing != null) {
        log.info("the re-embedding of {} ends here: {}", refreshing.version(), why);
        stop(refreshing);
        refreshing = null;
      }
    }

    private @Nullable VersionEmbedder open(long version, long promotion) {
      if (clock.millis() < nextLoadMillis.getOrDefault(version, Long.MIN_VALUE)) {
        return null;
      }
      byte[] manifest = releases.manifest(version);
      if (manifest == null) {
        loadFailed(version, "its manifest is not on " + topics.modelReleases(), null);
        return null;
      }
      ModelVersion name = new ModelVersion(model, version);
      try {
        Embedder embedder = loader.load(name, manifest);
        if (retirement != null && retirement.versions().contains(version)) {
          endRetirement();
        }
        return new VersionEmbedder(
            embedder,
            clients.groupConsumer(
                VersionEmbedder.group(topics.prefix(), name, embeddingsId),
                settings.instance(),
                settings.batch()),
            promotion,
            context);
      } catch (ReleaseNotLoadedException e) {
        loadFailed(version, String.valueOf(e.getMessage()), e);
        return null;
      }
    }

    private void loadFailed(long version, String why, @Nullable Exception e) {
      log.warn(
          "{}@{} is not loaded: {}; trying again in {}",
          model,
          version,
          why,
          settings.retryDelay(),
          e);
      metrics.releaseNotLoaded(version);
      nextLoadMillis.put(version, clock.millis() + settings.retryDelay().toMillis());
    }

    private void stop(@Nullable VersionEmbedder embedder) {
      if (embedder != null) {
        embeddedBefore += embedder.embedded();
        forgottenBefore += embedder.forgotten();
        unembeddableBefore += embedder.unembeddable();
        embedder.close();
      }
    }

    // One process retires: the one that owns the live version's partition 0.
    private void planRetirement(Promotion promoted) {
      if (retirement != null
          || live == null
          || !live.owns(0)
          || clock.millis() < nextRetirementMillis) {
        return;
      }
      Set<Long> old = board.versions();
      board.completeVersions().stream().limit(settings.keepVersions()).forEach(old::remove);
      old.remove(live.version().version());
      old.remove(promoted.version());
      if (old.isEmpty()) {
        return;
      }
      nextRetirementMillis = clock.millis() + settings.retryDelay().toMillis();
      Set<Long> free = Retirement.removePositions(admin, topics.prefix(), model, embeddingsId, old);
      if (!free.isEmpty()) {
        retirement =
            new Retirement(
                new TreeSet<>(free),
                clients.reader(),
                board,
                publisher,
                topics.embeddingRefresh(),
                metrics);
      }
    }

    private void retire(Retirement going) {
      long from = System.nanoTime();
      if (going.runOnce()) {
        endRetirement();
      }
      duty.worked(from, System.nanoTime());
    }

    private void endRetirement() {
      if (retirement != null) {
        retirement.close();
        retirement = null;
      }
    }

    private ServingStatus.Refresh progress(VersionEmbedder filling) {
      long version = filling.version().version();
      return ServingStatus.Refresh.of(version, board.of(version));
    }

    private void tell() {
      VersionEmbedder serving = live;
      VersionEmbedder filling = refreshing;
      long embedded = embeddedBefore;
      long forgotten = forgottenBefore;
      long unembeddable = unembeddableBefore;
      for (VersionEmbedder e : new VersionEmbedder[] {serving, filling}) {
        if (e != null) {
          embedded += e.embedded();
          forgotten += e.forgotten();
          unembeddable += e.unembeddable();
        }
      }
      rate.reached(clock.millis(), embedded);
      VersionEmbedder behind = serving != null ? serving : filling;
      status =
          new ServingStatus(
              model,
              serving == null ? null : (Long) serving.version().version(),
              filling == null ? null : progress(filling),
              embedded,
              forgotten,
              unembeddable,
              rate.perSecond(clock.millis()),
              behind == null ? 0 : behind.lag());
      metrics.state(status);
    }

    @Override
    public void close() {
      try {
        stop(refreshing);
        stop(live);
        endRetirement();
      } catch (InterruptException e) {
        Thread.currentThread().interrupt();
      } finally {
        closing.close();
      }
    }
  }

  private static boolean isVersion(@Nullable VersionEmbedder embedder, long version) {
    return embedder != null && embedder.version().version() == version;
  }
}
