package io.millrace.ops.node;

import io.javalin.config.JavalinConfig;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.objects.Storage;
import io.millrace.serving.embed.ModelRunner;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.http.ApiMetrics;
import io.millrace.serving.http.RequestDecoder;
import io.millrace.serving.http.ServingApi;
import io.millrace.serving.index.VectorIndex;
import io.millrace.serving.kafka.KafkaReleaseCatalog;
import io.millrace.serving.kafka.SearchService;
import io.millrace.serving.kafka.SearchStatus;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the serving role answers over HTTP, put together: releases, search index, calls. */
final class ServingFront implements AutoCloseable {
  private final SearchService search;
  private final boolean searches;
  private final KafkaReleaseCatalog catalog;
  private final RequestDecoder decoder;
  private final ServingApi api;

  /**
   * @param token what its routes ask for
   * @param clients what every Kafka client is made with
   * @param storage where releases are
   * @param live the version whose embeddings are complete
   * @param metrics what the routes count
   */
  ServingFront(
      MillraceConfig config,
      AccessToken token,
      Map<String, Object> clients,
      Storage storage,
      Supplier<OptionalLong> live,
      ApiMetrics metrics,
      InstantSource clock) {
    searches = config.search().enabled();
    search =
        new SearchService(
            config.search(),
            config.dataDir().resolve("search").resolve(config.serving().instance()),
            config.learner().model(),
            config.topicNames(),
            clients,
            clock);
    decoder = new RequestDecoder(config.api(), config.ingest().accept());
    catalog =
        new KafkaReleaseCatalog(
            clients, config.topicNames(), config.learner().model(), () -> searched(live));
    api =
        new ServingApi(
            config.api(),
            config.search(),
            config.ingest().headers(),
            token,
            config.http().host(),
            catalog,
            new ModelRunner(
                storage.reader(),
                () -> Engines.open(config.engine().name(), config.engine().options()),
                config.api().loadedReleases(),
                config.api().maxWaiting()),
            search::index,
            decoder,
            metrics);
  }

  /** The version that searches run against, so that calls and searches go over as one. */
  private OptionalLong searched(Supplier<OptionalLong> live) {
    VectorIndex index = search.index();
    return index == null ? live.get() : OptionalLong.of(index.version().version());
  }

  /** Adds its routes to the server. */
  void register(JavalinConfig server) {
    api.register(server);
  }

  /** Starts keeping the search index, where that is wanted. */
  void start(Roles running) {
    if (searches) {
      running.start(Role.of("search", search::run, search::close));
    }
  }

  /** Why releases are not followed at this moment; null while they are. */
  @Nullable String releasesNotFollowed() {
    return catalog.notFollowed();
  }

  /** What search does; null where this process keeps no index. */
  @Nullable SearchStatus searchStatus() {
    return searches ? search.status() : null;
  }

  /** The index that searches run against; null while there is none. */
  @Nullable VectorIndex index() {
    return search.index();
  }

  @Override
  public void close() {
    api.close();
    decoder.close();
    catalog.close();
  }
}
