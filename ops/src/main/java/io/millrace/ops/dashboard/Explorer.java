package io.millrace.ops.dashboard;

import java.util.List;
import java.util.Optional;

/** What a person can look into beyond the figures. Each answer may take a moment. */
public interface Explorer {
  /** Has nothing to show. */
  Explorer NONE =
      new Explorer() {
        @Override
        public Map map() {
          return new Map(0, List.of());
        }

        @Override
        public Neighbours neighbours(Gallery.Picture of) {
          return new Neighbours(0, List.of());
        }

        @Override
        public Optional<byte[]> views(Gallery.Picture of) {
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
  Map map();

  /** Kept pictures most like one, by their embeddings. */
  Neighbours neighbours(Gallery.Picture of);

  /** A strip of views such as the learner makes, as PNG; empty where nothing learns here. */
  Optional<byte[]> views(Gallery.Picture of);

  /** The visual words that fire most, and how far they are known. */
  Words words();

  /** The patches that fire a word most, nearest first, as a PNG strip. */
  Optional<byte[]> patches(String level, int word);

  /**
   * Points on a plane: the two directions in which the embeddings vary most.
   *
   * @param version release they are of; 0 before the first
   */
  record Map(long version, List<Point> points) {}

  /**
   * A picture on the map.
   *
   * @param picture its card
   */
  record Point(Gallery.Card picture, double x, double y) {}

  /**
   * Pictures by falling cosine.
   *
   * @param version release their embeddings are of; 0 while the picture has none
   */
  record Neighbours(long version, List<Near> near) {}

  /** A picture and its cosine to the one asked about. */
  record Near(Gallery.Card picture, double cosine) {}

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
