package io.millrace.ops.dashboard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a person can look into beyond the metrics. Each answer may take a moment. */
public interface Explorer {
  /** Has nothing to show. */
  Explorer NONE =
      new Explorer() {
        @Override
        public Scatter map(Layout layout) {
          return new Scatter(0, layout, State.FEW, 0, List.of());
        }

        @Override
        public Optional<Place> place(Layout layout, long version, float[] vector) {
          return Optional.empty();
        }

        @Override
        public Optional<ThumbnailCache.Picture> picture(String id) {
          return Optional.empty();
        }

        @Override
        public Neighbors neighbors(String id) {
          return new Neighbors(0, 0, false, List.of());
        }

        @Override
        public List<Neighbors> neighborsByVersion(String id) {
          return List.of();
        }

        @Override
        public Optional<Traits> release(long version) {
          return Optional.empty();
        }

        @Override
        public Optional<byte[]> views(ThumbnailCache.Picture of) {
          return Optional.empty();
        }

        @Override
        public Words words() {
          return new Words("none", 0, 0, List.of());
        }

        @Override
        public Optional<byte[]> patches(String level, int word) {
          return Optional.empty();
        }
      };

  /** Sampled images by their embeddings, in two dimensions. */
  Scatter map(Layout layout);

  /**
   * Where an embedding that is not of the sample lies on the map.
   *
   * @param version release that made it
   * @param vector [features], unit length
   * @return empty where the map is not, or no longer, of that release
   */
  Optional<Place> place(Layout layout, long version, float[] vector);

  /** An image's picture, fetched where it is not kept; empty where it can't be had. */
  Optional<ThumbnailCache.Picture> picture(String id);

  /** Images most like one, by their embeddings. */
  Neighbors neighbors(String id);

  /** The same by each version that there is, among the sampled images; the older one first. */
  List<Neighbors> neighborsByVersion(String id);

  /** What a release was learned from and with; empty for one that is not among the newest. */
  Optional<Traits> release(long version);

  /** A strip of views such as the learner makes, as PNG; empty where nothing learns here. */
  Optional<byte[]> views(ThumbnailCache.Picture of);

  /** The visual words that fire most, and how far they are known. */
  Words words();

  /** The patches that fire a word most, nearest first, as a PNG strip. */
  Optional<byte[]> patches(String level, int word);

  /** How embeddings are laid out on a plane. */
  enum Layout {
    /** Their first two principal components. */
    PCA,

    /** UMAP: who is near whom. */
    UMAP;

    /** As a request names it, and an answer says it. */
    @Override
    @JsonValue
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How far something is known that is computed. */
  enum State {
    /** There is too little to compute it of. */
    FEW,

    /** It is being computed. */
    COMPUTING,

    /** It could not be computed; it is tried again. */
    FAILED,

    /** It is there. */
    READY;

    /** As an answer says it. */
    @Override
    @JsonValue
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Points on a plane.
   *
   * @param version release they are of; 0 before the first
   * @param without sampled images that came after the layout and are not on it
   */
  record Scatter(long version, Layout layout, State state, int without, List<Point> points) {}

  /**
   * An image on the map.
   *
   * @param id image id
   * @param name what it is called where it came from; null where that is not said
   * @param label what its producer says it shows; null where that is not said
   * @param source where it came from
   */
  record Point(
      String id,
      @Nullable String name,
      @Nullable String label,
      String source,
      double x,
      double y) {}

  /**
   * A place on the map.
   *
   * @param neighbors images whose places it is the mean of; 0 where it is projected as they are
   */
  record Place(long version, Layout layout, double x, double y, int neighbors) {}

  /**
   * Images by falling cosine.
   *
   * @param version release that embedded them; 0 before the first
   * @param among images that were looked through
   * @param whole whether those are all that the version has embedded, not the sampled ones alone
   * @param near empty while that version has not embedded the image asked about
   */
  record Neighbors(long version, int among, boolean whole, List<Near> near) {}

  /**
   * An image and its cosine to the one asked about.
   *
   * @param id image id
   * @param name what it is called where it came from; null where that is not known
   * @param picture its card; null where its picture could not be had
   */
  record Near(
      String id, @Nullable String name, ThumbnailCache.@Nullable Card picture, double cosine) {}

  /**
   * A release, to be laid beside another one.
   *
   * @param metrics metrics when it was made
   * @param data what it was learned from, and what became of it
   * @param settings all that it was learned with, by the names of the configuration
   */
  record Traits(
      long version,
      @JsonProperty("figures") Map<String, Double> metrics,
      Map<String, String> data,
      Map<String, String> settings) {}

  /**
   * Words of a release.
   *
   * @param state {@code none} (the method has no words, or there is no release), {@code computing}
   *     or {@code ready}
   * @param version release; 0 without one
   * @param pictures pictures looked at
   */
  record Words(String state, long version, int pictures, List<Level> levels) {}

  /** One level's words, those that fire most first. */
  record Level(String name, int size, int used, List<Word> words) {}

  /**
   * A word.
   *
   * @param word its number
   * @param fires locations it is the nearest word of
   */
  record Word(int word, long fires) {}
}
