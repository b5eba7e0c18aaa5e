package io.millrace.ops.explore;

import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The visual words of one OBoW release, and the patches of kept pictures that fire them most. */
final class VisualWords {
  private static final String TEACHER = "teacher";
  private static final String VOCABULARY = "vocabulary.";
  private static final int PICTURES = 128;
  private static final int SHOWN = 24;
  private static final int PATCH_SIDE = 48;

  private final long version;
  private final int pictures;
  private final Map<String, WordFinder> levels;

  private VisualWords(long version, int pictures, Map<String, WordFinder> levels) {
    this.version = version;
    this.pictures = pictures;
    this.levels = levels;
  }

  /** Whether a release has visual words. */
  static boolean has(ReleaseManifest release) {
    return release.tensors().stream().anyMatch(name -> name.startsWith(VOCABULARY))
        && release.networks().containsKey(TEACHER);
  }

  /**
   * Finds them, which takes a forward pass over up to 128 pictures.
   *
   * @throws UncheckedIOException when the release's file can't be read
   */
  static VisualWords of(
      Engine engine,
      ReleaseReader reader,
      ReleaseManifest manifest,
      List<ThumbnailCache.Picture> kept) {
    List<ThumbnailCache.Picture> some = kept.subList(0, Math.min(PICTURES, kept.size()));
    var levels = new LinkedHashMap<String, WordFinder>();
    try (var scope = engine.scope();
        LoadedRelease release = reader.load(manifest, engine);
        Network teacher = release.open(TEACHER)) {
      for (String tensor : manifest.tensors().stream().sorted().toList()) {
        if (tensor.startsWith(VOCABULARY)) {
          String level = tensor.substring(VOCABULARY.length());
          var finder = new WordFinder(engine, release.tensor(tensor));
          finder.look(release, teacher, level, some);
          levels.put(level, finder);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new VisualWords(manifest.version(), some.size(), levels);
  }

  long version() {
    return version;
  }

  int pictures() {
    return pictures;
  }

  Explorer.Words words() {
    var out = new ArrayList<Explorer.Level>();
    levels.forEach(
        (name, finder) -> {
          List<Explorer.Word> words =
              IntStream.range(0, finder.size())
                  .filter(w -> finder.fires(w) > 0)
                  .mapToObj(w -> new Explorer.Word(w, finder.fires(w)))
                  .sorted(Comparator.comparingLong(Explorer.Word::fires).reversed())
                  .toList();
          out.add(
              new Explorer.Level(
                  name,
                  finder.size(),
                  words.size(),
                  List.copyOf(words.subList(0, Math.min(SHOWN, words.size())))));
        });
    return new Explorer.Words("ready", version, pictures, List.copyOf(out));
  }

  /** A word's patches as a PNG strip; null where there is no such word. */
  byte @org.jspecify.annotations.Nullable [] patches(String level, int word) {
    WordFinder finder = levels.get(level);
    if (finder == null || word >= finder.size()) {
      return null;
    }
    List<BufferedImage> patches = finder.places(word).stream().map(VisualWords::patch).toList();
    return Montage.png(patches, PATCH_SIDE);
  }

  /** The region around the cell in the picture's middle square, which is what the network saw. */
  private static BufferedImage patch(WordFinder.Place place) {
    BufferedImage image = place.picture().image();
    int square = Math.min(image.getWidth(), image.getHeight());
    int left = (image.getWidth() - square) / 2;
    int top = (image.getHeight() - square) / 2;
    double cell = square / (double) Math.max(place.height(), place.width());
    int side = (int) Math.round(Math.min(square, Math.max(square / 4.0, cell * 3)));
    int x = (int) Math.round((place.x() + 0.5) / place.width() * square - side / 2.0);
    int y = (int) Math.round((place.y() + 0.5) / place.height() * square - side / 2.0);
    return image.getSubimage(
        left + Math.max(0, Math.min(square - side, x)),
        top + Math.max(0, Math.min(square - side, y)),
        side,
        side);
  }
}
