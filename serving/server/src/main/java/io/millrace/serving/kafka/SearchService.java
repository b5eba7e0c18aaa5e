package io.millrace.serving.kafka;

import io.millrace.ingest.stream.TopicFollower;
import io.millrace.ingest.stream.Topics;
import io.millrace.serving.client.RefreshState;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an index of every version that has embeddings, and says which one searches run against.
 *
 * <p>Blue and green: the index of a version that is being re-embedded fills beside the one that
 * serves. Once the re-embedding is complete and its index has read all of it, searches switch to it
 * as a whole. A version that is retired takes its index with it.
 */
public final class SearchService implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SearchService.class);
  private static final Duration WAIT = Duration.ofMillis(50);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration REOPEN = Duration.ofSeconds(2);
  private static final int MOST_DOUBLINGS = 5;

  private final SearchSettings settings;
  private final Path folder;
  private final String model;
  private final Topics topics;
  private final ServingClients clients;
  private final InstantSource clock;
  private final TreeMap<Long, IndexFollower> followers = new TreeMap<>();
  private volatile boolean stopping;
  private volatile @Nullable VectorIndex serving;
  private volatile SearchStatus status = SearchStatus.waiting();
  private final Set<Long> damaged = new HashSet<>();
  private final Map<Long, Long> nextOpenMillis = new HashMap<>();
  private final Map<Long, Integer> failures = new HashMap<>();
  private String topicId = "";
  private long nextLookMillis;
  private long aimedFor = -1;

  /**
   * @param folder where indexes are kept: this process's own
   * @param clientSettings what every Kafka client needs: bootstrap servers, security
   */
  public SearchService(
      SearchSettings settings,
      Path folder,
      String model,
      Topics topics,
      Map<String, Object> clientSettings,
      InstantSource clock) {
    this.settings = settings;
    this.folder = folder;
    this.model = model;
    this.topics = topics;
    this.clients = ServingClients.of(clientSettings);
    this.clock = clock;
  }

  /** The index that searches run against; null before a version is complete. From any thread. */
  public @Nullable VectorIndex index() {
    return serving;
  }

  /** The state of a moment ago; from any thread. */
  public SearchStatus status() {
    return status;
  }

  /** Follows the topics until {@link #close}. */
  public void run() {
    var board = new RefreshState(model);
    try (Closing closing = new Closing()) {
      TopicFollower refreshes =
          closing.add(board.follow(clients.reader(), topics.embeddingRefresh()));
      refreshes.readToEnd();
      Admin admin = closing.add(clients.admin());
      topicId =
          TopicIdentity.of(admin, topics.embeddings())
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "topic '" + topics.embeddings() + "' does not exist"));
      removeAllBut(board.versions());
      while (!stopping) {
        refreshes.poll(followers.isEmpty() ? WAIT : Duration.ZERO);
        lookForAnotherTopic(admin);
        keep(board.versions());
        followers.forEach(this::runOnce);
        damaged.forEach(this::dropDamaged);
        damaged.clear();
        choose(board.live());
        tell();
      }
    } finally {
      serving = null;
      status = SearchStatus.waiting();
      followers.values().forEach(IndexFollower::close);
      followers.clear();
    }
  }

  private void runOnce(long version, IndexFollower follower) {
    try {
      follower.runOnce(
          followers.size() == 1 ? WAIT : Duration.ofMillis(10), follower.index() == serving);
    } catch (InterruptException e) {
      throw e;
    } catch (TimeoutException e) {
      log.warn("the index of {}@{} does not get on: {}", model, version, e.getMessage());
    } catch (IOException | RuntimeException e) {
      // Its files are damaged or gone, or the disk takes no more: all of it is in the topic.
      log.error("the index of {}@{} is dropped and built anew", model, version, e);
      damaged.add(version);
    }
  }

  private void dropDamaged(long version) {
    IndexFollower gone = followers.remove(version);
    if (gone == null) {
      return;
    }
    if (gone.index() == serving) {
      serving = null;
    }
    gone.abandon();
    aimedFor = -1;
    putOff(version);
  }

  /** Waits before an index is opened again; twice as long each time, while it does not get on. */
  private Duration putOff(long version) {
    int before = failures.merge(version, 1, Integer::sum) - 1;
    Duration wait = REOPEN.multipliedBy(1L << Math.min(before, MOST_DOUBLINGS));
    nextOpenMillis.put(version, clock.millis() + wait.toMillis());
    return wait;
  }

  /**
   * A topic that was deleted and made again: what was read from the one before is no more. One that
   * has more partitions is read there too.
   */
  private void lookForAnotherTopic(Admin admin) {
    if (clock.millis() < nextLookMillis) {
      return;
    }
    nextLookMillis = clock.millis() + LOOK.toMillis();
    Optional<TopicIdentity.Facts> now;
    try {
      now = TopicIdentity.facts(admin, topics.embeddings());
    } catch (KafkaException e) {
      return; // A broker out of reach shows elsewhere, and may pass.
    }
    if (now.isPresent() && !now.get().id().equals(topicId)) {
      log.warn("topic '{}' was made again: indexes are built anew", topics.embeddings());
      topicId = now.get().id();
      List.copyOf(followers.keySet()).forEach(this::dropDamaged);
      nextOpenMillis.clear();
    } else if (now.isPresent()) {
      int partitions = now.get().partitions();
      followers.values().forEach(follower -> follower.follow(partitions));
    }
  }

  /** An index for each version that may have embeddings, and no other. */
  private void keep(Set<Long> versions) {
    for (long version : versions) {
      if (!followers.containsKey(version)
          && clock.millis() >= nextOpenMillis.getOrDefault(version, Long.MIN_VALUE)) {
        open(version);
      }
    }
    for (long version : new HashSet<>(followers.keySet())) {
      if (!versions.contains(version)) {
        drop(version);
      }
    }
  }

  private void open(long version) {
    Consumer<byte[], byte[]> consumer = clients.reader();
    try {
      followers.put(
          version,
          new IndexFollower(
              folder.resolve(Long.toString(version)),
              new ModelVersion(model, version),
              topics.embeddings(),
              topicId,
              settings,
              consumer,
              clock));
    } catch (InterruptException e) {
      consumer.close();
      throw e;
    } catch (IOException | RuntimeException e) {
      consumer.close();
      log.error(
          "the index of {}@{} can't be opened, next try in {}", model, version, putOff(version), e);
    }
  }

  private void drop(long version) {
    IndexFollower gone = followers.remove(version);
    if (gone != null) {
      if (gone.index() == serving) {
        serving = null;
      }
      gone.abandon();
      log.info("the index of {}@{} is gone with its version", model, version);
    }
  }

  /** Indexes of versions that were retired while this process was away. */
  private void removeAllBut(Set<Long> versions) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> found = Files.list(folder)) {
      for (Path path : found.toList()) {
        String name = path.getFileName().toString();
        if (name.matches("\\d{1,18}") && !versions.contains(Long.parseLong(name))) {
          VectorIndex.delete(path);
        }
      }
    } catch (IOException e) {
      log.warn("old indexes in {} can't be removed: {}", folder, e.toString());
    }
  }

  /** Searches go over to a complete version once its index has read all there was by then. */
  private void choose(OptionalLong live) {
    IndexFollower next = live.isPresent() ? followers.get(live.getAsLong()) : null;
    if (next == null || next.index() == serving) {
      return;
    }
    try {
      if (aimedFor != live.getAsLong()) {
        next.aimAtTheEnd();
        aimedFor = live.getAsLong();
      }
      if (next.lag() == 0 && !next.isDamaged()) {
        next.show();
        serving = next.index();
        failures.remove(live.getAsLong());
        log.info("searches run against {}@{}", model, live.getAsLong());
      }
    } catch (TimeoutException e) {
      log.warn("the end of {} is not known: {}", topics.embeddings(), e.getMessage());
    } catch (IOException e) {
      log.error("the index of {}@{} is dropped and built anew", model, live.getAsLong(), e);
      dropDamaged(live.getAsLong());
    }
  }

  private void tell() {
    var images = new HashMap<Long, Integer>();
    followers.forEach((version, follower) -> images.put(version, follower.images()));
    VectorIndex now = serving;
    Long version = now == null ? null : (Long) now.version().version();
    IndexFollower shown = version == null ? null : followers.get(version);
    status =
        new SearchStatus(
            version, shown == null ? 0 : shown.images(), shown == null ? 0 : shown.lag(), images);
  }

  /** Ends {@link #run}; from any thread. */
  @Override
  public void close() {
    stopping = true;
  }
}
