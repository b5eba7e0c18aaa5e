package io.millrace.learner.evaluate;

import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A share of each class's labeled images, drawn by a seed; a smaller share is part of a larger one.
 */
public final class LabelFraction {
  private LabelFraction() {}

  /**
   * Indexes of the images that keep their label, in rising order: of each class the share, rounded.
   *
   * @param labels class of each image
   * @param names of the classes, for the message
   * @param fraction over 0, at most 1
   * @throws IllegalArgumentException when that leaves a class without examples
   */
  public static List<Integer> of(
      List<Integer> labels, List<String> names, double fraction, long seed) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "label fraction is " + fraction + ": expected over 0, at most 1");
    }
    Map<Integer, List<Integer>> byClass = new TreeMap<>();
    for (int c = 0; c < names.size(); c++) {
      byClass.put(c, new ArrayList<>());
    }
    for (int i = 0; i < labels.size(); i++) {
      byClass.computeIfAbsent(labels.get(i), c -> new ArrayList<>()).add(i);
    }
    List<Integer> kept = new ArrayList<>();
    byClass.forEach(
        (label, images) -> {
          int n = (int) Math.round(fraction * images.size());
          if (n < 1) {
            throw new IllegalArgumentException(
                "label fraction "
                    + fraction
                    + " leaves class '"
                    + names.get(label)
                    + "' without examples: it has "
                    + images.size()
                    + " labeled images");
          }
          int[] order = KeyedRandom.of(seed, "labels.kept", label, 0).permutation(images.size());
          for (int i = 0; i < n; i++) {
            kept.add(images.get(order[i]));
          }
        });
    Collections.sort(kept);
    return kept;
  }
}
