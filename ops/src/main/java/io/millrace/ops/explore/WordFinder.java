package io.millrace.ops.explore;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * For each visual word of one level the places in pictures that are nearest to it: d_k(u) = ‖x_u −
 * w_k‖², the teacher's local features x, at most one place of a picture.
 */
final class WordFinder {
  private static final int BATCH = 16;
  private static final int PLACES = 8;

  private final Tensor words;
  private final List<List<Place>> nearest = new ArrayList<>();
  private final long[] fires;
  private final boolean[] empty;

  /** A cell of a picture's feature map, and its distance to a word. */
  record Place(
      ThumbnailCache.Picture picture, int y, int x, int height, int width, double distance) {}

  /**
   * @param vocabulary [K, C]
   */
  WordFinder(Engine engine, HostTensor vocabulary) {
    int k = Math.toIntExact(vocabulary.shape().get(0));
    int channels = Math.toIntExact(vocabulary.shape().get(1));
    float[] values = (float[]) vocabulary.values();
    words = engine.tensor(values, k, channels);
    fires = new long[k];
    empty = new boolean[k];
    for (int w = 0; w < k; w++) {
      nearest.add(new ArrayList<>());
      empty[w] = true;
      for (int c = 0; c < channels && empty[w]; c++) {
        empty[w] = values[w * channels + c] == 0;
      }
    }
  }

  int size() {
    return fires.length;
  }

  /** Locations that a word is the nearest one of. */
  long fires(int word) {
    return fires[word];
  }

  /** Places that fire a word, the nearest first. */
  List<Place> places(int word) {
    return nearest.get(word);
  }

  /** Looks at pictures. */
  void look(
      LoadedRelease release, Network teacher, String level, List<ThumbnailCache.Picture> pictures) {
    for (int from = 0; from < pictures.size(); from += BATCH) {
      List<ThumbnailCache.Picture> some =
          pictures.subList(from, Math.min(from + BATCH, pictures.size()));
      List<PixelImage> pixels = some.stream().map(p -> Montage.pixels(p.image())).toList();
      try (var scope = release.engine().scope()) {
        Tensor input = release.view().of(release.engine(), pixels);
        try (Activations seen = teacher.forward(input, Mode.EVAL, false)) {
          Tensor map = seen.tap(level);
          int height = (int) map.size(2);
          int width = (int) map.size(3);
          float[] distances = BagOfWords.distances(BagOfWords.locations(map), words).toFloats();
          for (int i = 0; i < some.size(); i++) {
            take(some.get(i), distances, i * height * width, height, width);
          }
        }
      }
    }
  }

  private void take(
      ThumbnailCache.Picture picture, float[] distances, int first, int height, int width) {
    int k = fires.length;
    float[] best = new float[k];
    int[] cell = new int[k];
    java.util.Arrays.fill(best, Float.POSITIVE_INFINITY);
    for (int u = 0; u < height * width; u++) {
      int winner = -1;
      for (int w = 0; w < k; w++) {
        float d = distances[(first + u) * k + w];
        if (d < best[w]) {
          best[w] = d;
          cell[w] = u;
        }
        if (!empty[w] && (winner < 0 || d < distances[(first + u) * k + winner])) {
          winner = w;
        }
      }
      if (winner >= 0) {
        fires[winner]++;
      }
    }
    for (int w = 0; w < k; w++) {
      if (!empty[w]) {
        List<Place> places = nearest.get(w);
        places.add(new Place(picture, cell[w] / width, cell[w] % width, height, width, best[w]));
        places.sort(Comparator.comparingDouble(Place::distance));
        if (places.size() > PLACES) {
          places.remove(PLACES);
        }
      }
    }
  }
}
