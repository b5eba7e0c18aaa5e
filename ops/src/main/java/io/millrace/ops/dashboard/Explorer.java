package io.millrace.ops.dashboard;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a person can look into beyond the metrics. Each answer may take a moment. */
public interface Explorer {
  /** Has nothing to show. */
  Explorer NONE =
      new Explorer() {
        @Override
        public Scatter map() {
          return new Scatter(0, List.of());
        }

        @Override
        public Neighbors neighbors(ThumbnailCache.Picture of) {
          return new Neighbors(0, 0, false, List.of());
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

  /** Kept pictures by their embeddings, in two dimensions. */
  Scatter map();

  /** Images most like one, by their embeddings. */
  Neighbors neighbors(ThumbnailCache.Picture of);

  /** A strip of views such as the learner makes, as PNG; empty where nothing learns here. */
  Optional<byte[]> views(ThumbnailCache.Picture of);

  /** The visual words that fire most, and how far they are known. */
  Words words();

  /** The patches that fire a word most, nearest first, as a PNG strip. */
  Optional<byte[]> patches(String level, int word);

  /**
   * Points on a plane: the two directions in which the embeddings vary most.
   *
   * @param version release they are of; 0 before the first
   */
  record Scatter(long version, List<Point> points) {}

  /**
   * A picture on the map.
   *
   * @param picture its card
   */
  record Point(ThumbnailCache.Card picture, double x, double y) {}

  /**
   * Images by falling cosine.
   *
   * @param version release that embedded them; 0 before the first
   * @param among images that were looked through
   * @param whole whether those are all that the version has embedded, not the newest alone
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
