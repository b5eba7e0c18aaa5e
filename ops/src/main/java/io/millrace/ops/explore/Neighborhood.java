package io.millrace.ops.explore;

import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.ThumbnailCache;
import io.millrace.serving.index.Neighbor;
import io.millrace.serving.index.SearchFilter;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images most like one: among all that a version has embedded where this process has its search
 * index, else among those of the map.
 */
final class Neighborhood {
  private static final Logger log = LoggerFactory.getLogger(Neighborhood.class);
  private static final int NEAR = 12;

  private final ThumbnailCache thumbnails;
  private final EmbeddingSample sample;
  private final RecentEmbeddings recent;
  private final Supplier<@Nullable VectorIndex> index;
  private final FetchPictures fetching;

  /**
   * @param index the index that searches run against; null while there is none here
   */
  Neighborhood(
      ThumbnailCache thumbnails,
      EmbeddingSample sample,
      RecentEmbeddings recent,
      Supplier<@Nullable VectorIndex> index,
      FetchPictures fetching) {
    this.thumbnails = thumbnails;
    this.sample = sample;
    this.recent = recent;
    this.index = index;
    this.fetching = fetching;
  }

  /** By the version that searches run against, or the newest that has caught up. */
  Explorer.Neighbors of(String id) {
    VectorIndex searched = index.get();
    if (searched != null) {
      try {
        return of(id, searched);
      } catch (IOException | IllegalStateException e) {
        // Its version was retired this moment, or this process ends.
        log.debug("the index of {} does not answer", searched.version(), e);
      }
    }
    return of(id, sample.newest());
  }

  /** Of each version that the map has embeddings of, among its images; the older one first. */
  List<Explorer.Neighbors> byVersion(String id) {
    return sample.versions().stream().map(version -> of(id, sample.of(version))).toList();
  }

  /** An image's picture, fetched where it is not kept; empty where its record can't be had. */
  Optional<ThumbnailCache.Picture> picture(String id) {
    Optional<ThumbnailCache.Picture> kept = thumbnails.picture(id);
    EmbeddedImage place = kept.isPresent() ? null : place(id);
    if (place != null) {
      fetching.fetch(List.of(place));
      return thumbnails.picture(id);
    }
    return kept;
  }

  private @Nullable EmbeddedImage place(String id) {
    EmbeddedImage sampled = sample.image(id);
    VectorIndex searched = index.get();
    if (sampled == null && searched != null) {
      try {
        for (Neighbor self : searched.searchById(id, searched.version(), 1, SearchFilter.ALL)) {
          return self.imageId().equals(id) ? EmbeddedImage.of(self) : null;
        }
      } catch (IOException | IllegalStateException e) {
        log.debug("the index of {} does not answer", searched.version(), e);
      }
    }
    return sampled;
  }

  private Explorer.Neighbors of(String id, VectorIndex searched) throws IOException {
    List<EmbeddedImage> images = new ArrayList<>();
    List<Double> cosines = new ArrayList<>();
    for (Neighbor n : searched.searchById(id, searched.version(), NEAR + 1, SearchFilter.ALL)) {
      if (!n.imageId().equals(id) && images.size() < NEAR) {
        images.add(EmbeddedImage.of(n));
        cosines.add(n.cosine());
      }
    }
    return new Explorer.Neighbors(
        searched.version().version(), searched.size(), true, near(images, cosines));
  }

  private Explorer.Neighbors of(String id, EmbeddingSample.Cut among) {
    float[] sampled = among.vector(id);
    float[] query = sampled == null ? recent.vector(among.version(), id) : sampled;
    int[] nearest = {};
    double[] cosines = new double[among.images().size()];
    if (query != null) {
      for (int i = 0; i < cosines.length; i++) {
        cosines[i] = Cosine.of(query, among.vectors().get(i));
      }
      nearest =
          IntStream.range(0, cosines.length)
              .filter(i -> !among.images().get(i).id().equals(id))
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -cosines[i]))
              .limit(NEAR)
              .mapToInt(i -> i)
              .toArray();
    }
    return new Explorer.Neighbors(
        among.version(),
        cosines.length,
        false,
        near(
            IntStream.of(nearest).mapToObj(among.images()::get).toList(),
            IntStream.of(nearest).mapToObj(i -> cosines[i]).toList()));
  }

  private List<Explorer.Near> near(List<EmbeddedImage> images, List<Double> cosines) {
    fetching.fetch(images);
    var out = new ArrayList<Explorer.Near>();
    for (int i = 0; i < images.size(); i++) {
      EmbeddedImage image = images.get(i);
      ThumbnailCache.Card card =
          thumbnails.picture(image.id()).map(ThumbnailCache.Card::of).orElse(null);
      String name = image.name() == null && card != null ? card.name() : image.name();
      out.add(new Explorer.Near(image.id(), name, card, cosines.get(i)));
    }
    return List.copyOf(out);
  }
}
