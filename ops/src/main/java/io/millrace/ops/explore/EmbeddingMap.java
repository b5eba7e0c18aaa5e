package io.millrace.ops.explore;

import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sampled images by their embeddings, on a plane. Principal components are found when somebody
 * asks; UMAP is computed on a thread of low priority meanwhile, a tenth of the time at most.
 */
final class EmbeddingMap implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddingMap.class);
  private static final int FEWEST = 3;
  private static final int FEWEST_FOR_UMAP = 50;
  private static final int RESTS = 9;
  private static final Duration REST = Duration.ofSeconds(10);

  private final EmbeddingSample sample;
  private final ThumbnailCache thumbnails;
  private final InstantSource clock;
  private final Function<EmbeddingSample.Cut, MapLayout> byUmap;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(DaemonThreads.ofLowPriority("live-page-map"));
  private @Nullable PcaProjection directions;
  private MapLayout fitted = MapLayout.NONE;
  private MapLayout pca = MapLayout.NONE;
  private MapLayout umap = MapLayout.NONE;
  private @Nullable Future<MapLayout> laying;
  private boolean umapFailed;
  private volatile Instant restsUntil = Instant.MIN;

  EmbeddingMap(EmbeddingSample sample, ThumbnailCache thumbnails, InstantSource clock) {
    this(sample, thumbnails, clock, MapLayout::umap);
  }

  /** The same by another UMAP. */
  EmbeddingMap(
      EmbeddingSample sample,
      ThumbnailCache thumbnails,
      InstantSource clock,
      Function<EmbeddingSample.Cut, MapLayout> byUmap) {
    this.sample = sample;
    this.thumbnails = thumbnails;
    this.clock = clock;
    this.byUmap = byUmap;
  }

  /** The sample on a plane. */
  synchronized Explorer.Scatter map(Explorer.Layout by) {
    EmbeddingSample.Cut now = sample.newest();
    boolean isUmap = by == Explorer.Layout.UMAP;
    if (now.images().size() < (isUmap ? FEWEST_FOR_UMAP : FEWEST)) {
      return new Explorer.Scatter(now.version(), by, Explorer.State.FEW, 0, List.of());
    }
    MapLayout layout = isUmap ? umap(now) : pca(now);
    boolean isThere = layout.version() == now.version();
    Explorer.State missing =
        isUmap && umapFailed ? Explorer.State.FAILED : Explorer.State.COMPUTING;
    return new Explorer.Scatter(
        now.version(),
        by,
        isThere ? Explorer.State.READY : missing,
        layout.missing(now),
        isThere ? points(now, layout) : List.of());
  }

  /** Where a vector lies on the sample's map; empty where that is not of its version. */
  synchronized Optional<Explorer.Place> place(Explorer.Layout by, long version, float[] vector) {
    EmbeddingSample.Cut now = sample.newest();
    MapLayout layout = by == Explorer.Layout.UMAP ? umap : pca;
    if (now.version() != version
        || layout.version() != version
        || now.vectors().isEmpty()
        || now.vectors().get(0).length != vector.length) {
      return Optional.empty();
    }
    if (by == Explorer.Layout.PCA) {
      float[] at = Objects.requireNonNull(directions).coordinates(vector);
      return Optional.of(place(version, by, at, 0));
    }
    NeighborMean mean = NeighborMean.of(now, layout.at(), vector);
    return mean.neighbors() == 0
        ? Optional.empty()
        : Optional.of(place(version, by, mean.at(), mean.neighbors()));
  }

  private static Explorer.Place place(long version, Explorer.Layout by, float[] at, int neighbors) {
    return new Explorer.Place(version, by, rounded(at[0]), rounded(at[1]), neighbors);
  }

  private MapLayout pca(EmbeddingSample.Cut now) {
    PcaProjection found = directions;
    if (found == null || fitted.isStale(now)) {
      found = PcaProjection.of(now.vectors(), 2).turned(now, pca.at());
      directions = found;
      pca = MapLayout.pca(now, found);
      fitted = pca;
    } else if (pca.missing(now) > 0) {
      pca = MapLayout.pca(now, found);
    }
    return pca;
  }

  private MapLayout umap(EmbeddingSample.Cut now) {
    Future<MapLayout> running = laying;
    if (running != null && running.isDone()) {
      laying = null;
      umapFailed = false;
      try {
        umap = running.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException | CancellationException e) {
        umapFailed = true;
        log.warn("UMAP of {} embeddings failed: {}", now.images().size(), e.toString());
      }
    }
    if (laying == null && umap.isStale(now) && clock.instant().isAfter(restsUntil)) {
      laying = thread.submit(() -> lay(now));
    }
    return umap;
  }

  private MapLayout lay(EmbeddingSample.Cut now) {
    Instant began = clock.instant();
    try {
      return byUmap.apply(now);
    } finally {
      Instant ended = clock.instant();
      restsUntil = ended.plus(Duration.between(began, ended).multipliedBy(RESTS)).plus(REST);
    }
  }

  private List<Explorer.Point> points(EmbeddingSample.Cut now, MapLayout layout) {
    Map<String, ThumbnailCache.Picture> kept = new HashMap<>();
    thumbnails.pictures().forEach(picture -> kept.putIfAbsent(picture.id(), picture));
    var points = new ArrayList<Explorer.Point>();
    for (EmbeddedImage image : now.images()) {
      float[] at = layout.at().get(image.id());
      if (at != null) {
        ThumbnailCache.Picture picture = kept.get(image.id());
        points.add(
            new Explorer.Point(
                image.id(),
                picture == null ? image.name() : picture.name(),
                picture == null ? image.label() : picture.label(),
                picture == null ? image.source() : picture.source(),
                rounded(at[0]),
                rounded(at[1])));
      }
    }
    return List.copyOf(points);
  }

  /** A screen shows no more. */
  private static double rounded(float value) {
    return Math.round(value * 1e4) / 1e4;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
