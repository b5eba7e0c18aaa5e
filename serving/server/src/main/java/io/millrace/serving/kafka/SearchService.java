package io.millrace.serving.kafka;

import io.millrace.ingest.stream.TopicFollower;
import io.millrace.ingest.stream.Topics;
import io.millrace.serving.client.RefreshState;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.InterruptException;
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
      String topicId = topicId();
      removeAllBut(board.versions());
      while (!stopping) {
        refreshes.poll(followers.isEmpty() ? WAIT : Duration.ZERO);
        keep(board.versions(), topicId);
        for (IndexFollower follower : List.copyOf(followers.values())) {
          follower.runOnce(
              followers.size() == 1 ? WAIT : Duration.ofMillis(10), follower.index() == serving);
        }
        choose(board.live());
        tell();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the search index in " + folder, e);
    } finally {
      serving = null;
      status = SearchStatus.waiting();
      followers.values().forEach(IndexFollower::close);
      followers.clear();
    }
  }

  private String topicId() {
    try (Admin admin = clients.admin()) {
      return admin
          .describeTopics(List.of(topics.embeddings()))
          .allTopicNames()
          .get()
          .get(topics.embeddings())
          .topicId()
          .toString();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "no answer about topic '" + topics.embeddings() + "'", e.getCause());
    }
  }

  /** An index for each version that may have embeddings, and no other. */
  private void keep(Set<Long> versions, String topicId) throws IOException {
    for (long version : versions) {
      if (!followers.containsKey(version)) {
        followers.put(version, open(version, topicId));
      }
    }
    for (long version : new HashSet<>(followers.keySet())) {
      if (!versions.contains(version)) {
        drop(version);
      }
    }
  }

  private IndexFollower open(long version, String topicId) throws IOException {
    return new IndexFollower(
        folder.resolve(Long.toString(version)),
        new ModelVersion(model, version),
        topics.embeddings(),
        topicId,
        settings,
        clients.reader(),
        clock);
  }

  private void drop(long version) throws IOException {
    IndexFollower gone = followers.remove(version);
    if (gone != null) {
      if (gone.index() == serving) {
        serving = null;
      }
      gone.close();
      gone.deleteFiles();
      log.info("the index of {}@{} is gone with its version", model, version);
    }
  }

  /** Indexes of versions that were retired while this process was away. */
  private void removeAllBut(Set<Long> versions) throws IOException {
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
    }
  }

  /** Searches go over to a complete version once its index has read all there was by then. */
  private void choose(OptionalLong live) throws IOException {
    IndexFollower next = live.isPresent() ? followers.get(live.getAsLong()) : null;
    if (next == null || next.index() == serving) {
      return;
    }
    if (aimedFor != live.getAsLong()) {
      aimedFor = live.getAsLong();
      next.aimAtTheEnd();
    }
    if (next.lag() == 0) {
      next.show();
      serving = next.index();
      log.info("searches run against {}@{}", model, live.getAsLong());
    }
  }

  private void tell() throws IOException {
    var images = new HashMap<Long, Integer>();
    for (Map.Entry<Long, IndexFollower> e : followers.entrySet()) {
      images.put(e.getKey(), e.getValue().index().size());
    }
    VectorIndex now = serving;
    Long version = now == null ? null : (Long) now.version().version();
    IndexFollower shown = version == null ? null : followers.get(version);
    status =
        new SearchStatus(
            version, now == null ? 0 : now.size(), shown == null ? 0 : shown.lag(), images);
  }

  /** Ends {@link #run}; from any thread. */
  @Override
  public void close() {
    stopping = true;
  }
}
