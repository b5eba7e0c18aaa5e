package io.millrace.ops.explore;

import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.ThumbnailCache;
import io.millrace.serving.index.Neighbor;
import io.millrace.serving.index.SearchFilter;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images most like one: among all that a version has embedded where this process has its search
 * index, else among the newest pictures.
 */
final class Neighborhood {
  private static final Logger log = LoggerFactory.getLogger(Neighborhood.class);
  private static final int NEAR = 12;

  private final ThumbnailCache thumbnails;
  private final RecentEmbeddings recent;
  private final Supplier<@Nullable VectorIndex> index;
  private final FetchPictures fetching;

  Neighborhood(
      ThumbnailCache thumbnails,
      RecentEmbeddings recent,
      Supplier<@Nullable VectorIndex> index,
      FetchPictures fetching) {
    this.thumbnails = thumbnails;
    this.recent = recent;
    this.index = index;
    this.fetching = fetching;
  }

  Explorer.Neighbors of(ThumbnailCache.Picture picture) {
    VectorIndex searched = index.get();
    if (searched != null) {
      try {
        return of(picture, searched);
      } catch (IOException | IllegalStateException e) {
        // Its version was retired this moment, or this process ends.
        log.debug("the index of {} does not answer", searched.version(), e);
      }
    }
    return ofNewest(picture);
  }

  private Explorer.Neighbors of(ThumbnailCache.Picture picture, VectorIndex searched)
      throws IOException {
    List<Neighbor> found =
        searched.searchById(picture.id(), searched.version(), NEAR + 1, SearchFilter.ALL).stream()
            .filter(n -> !n.imageId().equals(picture.id()))
            .limit(NEAR)
            .toList();
    fetching.fetch(found);
    return new Explorer.Neighbors(
        searched.version().version(),
        searched.size(),
        true,
        found.stream().map(n -> near(n.imageId(), n.name(), n.cosine())).toList());
  }

  private Explorer.Near near(String id, @Nullable String named, double cosine) {
    ThumbnailCache.Card card = thumbnails.picture(id).map(ThumbnailCache.Card::of).orElse(null);
    String name = named == null && card != null ? card.name() : named;
    return new Explorer.Near(id, name, card, cosine);
  }

  private Explorer.Neighbors ofNewest(ThumbnailCache.Picture picture) {
    List<ThumbnailCache.Picture> pictures = thumbnails.pictures();
    RecentEmbeddings.Sample sample =
        recent.sample(pictures.stream().map(ThumbnailCache.Picture::id).toList());
    float[] query = sample.vectors().get(picture.id());
    List<Explorer.Near> near =
        query == null
            ? List.of()
            : sample.vectors().entrySet().stream()
                .filter(e -> e.getValue().length == query.length)
                .filter(e -> !e.getKey().equals(picture.id()))
                .map(e -> Map.entry(e.getKey(), cosine(query, e.getValue())))
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(NEAR)
                .map(e -> near(e.getKey(), null, e.getValue()))
                .toList();
    return new Explorer.Neighbors(sample.version(), sample.vectors().size(), false, near);
  }

  /** Of unit vectors. */
  private static double cosine(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
