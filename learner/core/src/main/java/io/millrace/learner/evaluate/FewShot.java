package io.millrace.learner.evaluate;

import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Few-shot classification by the nearest centroid (Snell, Swersky and Zemel 2017; with features of
 * unit length as SimpleShot, Wang et al. 2019): in each episode N classes are drawn, of each K
 * images that make its centroid and others that are asked about. No class is learned.
 */
public final class FewShot {
  private FewShot() {}

  /**
   * What the episodes came to, in percent.
   *
   * @param mean mean accuracy
   * @param interval half of the 95 % interval of the mean, 1.96 · s ÷ √episodes
   */
  public record Result(double mean, double interval) {}

  /**
   * Runs the episodes.
   *
   * @throws IllegalArgumentException naming a class with too few images, or the number of classes
   */
  public static Result of(Features features, List<Integer> labels, FewShotSettings settings) {
    List<int[]> classes = classes(labels, settings);
    Features unit = features.normalized();
    double sum = 0;
    double squares = 0;
    for (int episode = 0; episode < settings.episodes(); episode++) {
      double accuracy = episode(unit, classes, settings, episode);
      sum += accuracy;
      squares += accuracy * accuracy;
    }
    int n = settings.episodes();
    double variance = Math.max(0, (squares - sum * sum / n) / (n - 1));
    return new Result(100 * sum / n, 100 * 1.96 * Math.sqrt(variance / n));
  }

  private static List<int[]> classes(List<Integer> labels, FewShotSettings settings) {
    Map<Integer, List<Integer>> byClass = new TreeMap<>();
    for (int i = 0; i < labels.size(); i++) {
      byClass.computeIfAbsent(labels.get(i), c -> new ArrayList<>()).add(i);
    }
    if (byClass.size() < settings.ways()) {
      throw new IllegalArgumentException(
          "ways is "
              + settings.ways()
              + ": expected at most the number of classes ("
              + byClass.size()
              + ")");
    }
    byClass.forEach(
        (label, images) -> {
          if (images.size() <= settings.shots()) {
            throw new IllegalArgumentException(
                "shots is "
                    + settings.shots()
                    + ": expected fewer than the images of every class; class "
                    + label
                    + " has "
                    + images.size());
          }
        });
    return byClass.values().stream()
        .map(images -> images.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  private static double episode(
      Features unit, List<int[]> classes, FewShotSettings settings, int number) {
    KeyedRandom random = KeyedRandom.of(settings.seed(), "fewshot", number, 0);
    int[] ways = random.permutation(classes.size());
    int dim = unit.dim();
    double[][] centroids = new double[settings.ways()][dim];
    int[][] asked = new int[settings.ways()][];
    for (int w = 0; w < settings.ways(); w++) {
      int[] images = classes.get(ways[w]);
      int[] order = random.permutation(images.length);
      for (int s = 0; s < settings.shots(); s++) {
        int row = images[order[s]];
        for (int j = 0; j < dim; j++) {
          centroids[w][j] += unit.values()[row * dim + j] / (double) settings.shots();
        }
      }
      int queries = Math.min(settings.queries(), images.length - settings.shots());
      asked[w] = new int[queries];
      for (int q = 0; q < queries; q++) {
        asked[w][q] = images[order[settings.shots() + q]];
      }
    }
    int right = 0;
    int all = 0;
    for (int w = 0; w < settings.ways(); w++) {
      for (int row : asked[w]) {
        right += nearest(centroids, unit, row) == w ? 1 : 0;
        all++;
      }
    }
    return right / (double) all;
  }

  private static int nearest(double[][] centroids, Features unit, int row) {
    int dim = unit.dim();
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int c = 0; c < centroids.length; c++) {
      double square = 0;
      for (int j = 0; j < dim; j++) {
        double difference = unit.values()[row * dim + j] - centroids[c][j];
        square += difference * difference;
      }
      if (square < least) {
        least = square;
        best = c;
      }
    }
    return best;
  }
}
