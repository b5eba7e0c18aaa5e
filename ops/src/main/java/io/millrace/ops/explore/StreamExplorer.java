package io.millrace.ops.explore;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.ThumbnailCache;
import io.millrace.serving.index.VectorIndex;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the live page looks into, in a process that has releases and embeddings within reach. */
public final class StreamExplorer implements Explorer, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StreamExplorer.class);
  private static final long PATIENCE_SECONDS = 20;

  private final ThumbnailCache thumbnails;
  private final EmbeddingMap map;
  private final Neighborhood neighborhood;
  private final LearnerViews views;
  private final ReleaseReader releases;
  private final Supplier<@Nullable ReleaseManifest> newest;
  private final LongFunction<@Nullable ReleaseManifest> numbered;
  private final EngineThread engine;
  private @Nullable VisualWords words;
  private @Nullable Future<VisualWords> finding;
  private long failedVersion;

  /**
   * @param index the index that searches run against; null while there is none here
   * @param fetching fetches pictures of what a search finds
   * @param methodSettings of the method that learns: its views are shown
   * @param newest the newest release; null before the first
   * @param numbered a release by its version; null where it is not kept
   * @param open opens an engine of the page's own
   */
  public StreamExplorer(
      ThumbnailCache thumbnails,
      EmbeddingSample sample,
      RecentEmbeddings recent,
      Supplier<@Nullable VectorIndex> index,
      FetchPictures fetching,
      Record methodSettings,
      Preprocessing preprocessing,
      long seed,
      ReleaseReader releases,
      Supplier<@Nullable ReleaseManifest> newest,
      LongFunction<@Nullable ReleaseManifest> numbered,
      Supplier<Engine> open,
      InstantSource clock) {
    this.thumbnails = thumbnails;
    this.map = new EmbeddingMap(sample, thumbnails, clock);
    this.neighborhood = new Neighborhood(thumbnails, sample, recent, index, fetching);
    this.views = new LearnerViews(methodSettings, preprocessing, seed);
    this.releases = releases;
    this.newest = newest;
    this.numbered = numbered;
    this.engine = new EngineThread(open);
  }

  @Override
  public Explorer.Scatter map(Explorer.Layout layout) {
    return map.map(layout);
  }

  @Override
  public Optional<Place> place(Layout layout, long version, float[] vector) {
    return map.place(layout, version, vector);
  }

  @Override
  public Optional<ThumbnailCache.Picture> picture(String id) {
    return neighborhood.picture(id);
  }

  @Override
  public Neighbors neighbors(String id) {
    return neighborhood.of(id);
  }

  @Override
  public List<Neighbors> neighborsByVersion(String id) {
    return neighborhood.byVersion(id);
  }

  @Override
  public Optional<Traits> release(long version) {
    return Optional.ofNullable(numbered.apply(version)).map(ReleaseTraits::of);
  }

  @Override
  public Optional<byte[]> views(ThumbnailCache.Picture of) {
    if (!views.any()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          engine.submit(e -> views.of(e, of)).get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } catch (ExecutionException | TimeoutException e) {
      log.warn("no views of {}: {}", of.id(), e.toString());
      return Optional.empty();
    }
  }

  @Override
  public synchronized Words words() {
    take();
    ReleaseManifest release = newest.get();
    if (release == null || !VisualWords.has(release)) {
      return new Words("none", 0, 0, List.of());
    }
    List<ThumbnailCache.Picture> pictures = thumbnails.pictures();
    VisualWords now = words;
    boolean stale =
        now == null || now.version() != release.version() || pictures.size() >= 2 * now.pictures();
    if (stale && finding == null && !pictures.isEmpty() && failedVersion != release.version()) {
      finding = engine.submit(e -> VisualWords.of(e, releases, release, pictures));
    }
    return now != null
        ? now.words()
        : new Words(finding == null ? "none" : "computing", release.version(), 0, List.of());
  }

  private void take() {
    Future<VisualWords> f = finding;
    if (f != null && f.isDone()) {
      finding = null;
      try {
        words = f.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        ReleaseManifest release = newest.get();
        failedVersion = release == null ? 0 : release.version();
        log.warn("the visual words of release {} can't be shown: {}", failedVersion, e.toString());
      }
    }
  }

  @Override
  public synchronized Optional<byte[]> patches(String level, int word) {
    VisualWords now = words;
    return now == null ? Optional.empty() : Optional.ofNullable(now.patches(level, word));
  }

  @Override
  public void close() {
    map.close();
    engine.close();
  }
}
