package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Which vectors of a teacher's feature map may become visual words (valeoai/obow's three ways). */
public enum VocabularyUpdate {
  /** Means of 3×3 cells; single cells where the map is under 3 cells. */
  LOCAL_AVERAGE("local-average"),
  /** Single cells. */
  NO_AVERAGING("no-averaging"),
  /** The mean of the whole map. */
  GLOBAL_AVERAGE("global-average");

  private final String key;

  VocabularyUpdate(String key) {
    this.key = key;
  }

  /** Name in the configuration. */
  public String key() {
    return key;
  }

  /** Names in the configuration. */
  public static List<String> keys() {
    return Arrays.stream(values()).map(VocabularyUpdate::key).toList();
  }

  /** The update of this name in the configuration. */
  public static VocabularyUpdate of(String key) {
    for (VocabularyUpdate update : values()) {
      if (update.key.equals(key)) {
        return update;
      }
    }
    throw new IllegalArgumentException(
        "vocabularyUpdate is '" + key + "': expected one of " + keys());
  }

  /**
   * The vectors of which each image gives one, drawn uniformly.
   *
   * @param map [images, channels, height, width], its border taken off
   * @return [images, candidates, channels]
   */
  public Tensor candidates(Tensor map) {
    long images = map.size(0);
    long channels = map.size(1);
    if (this == GLOBAL_AVERAGE) {
      return map.mean(false, 2, 3).reshape(images, 1, channels);
    }
    boolean fits = map.size(2) >= 3 && map.size(3) >= 3;
    Tensor cells = this == LOCAL_AVERAGE && fits ? mean3x3(map) : map;
    return cells.permute(0, 2, 3, 1).reshape(images, -1, channels);
  }

  private static Tensor mean3x3(Tensor map) {
    long height = map.size(2) - 2;
    long width = map.size(3) - 2;
    Tensor rows = map.slice(2, 0, height).copy();
    rows.addIn(1, map.slice(2, 1, 1 + height)).addIn(1, map.slice(2, 2, 2 + height));
    Tensor cells = rows.slice(3, 0, width).copy();
    cells.addIn(1, rows.slice(3, 1, 1 + width)).addIn(1, rows.slice(3, 2, 2 + width));
    return cells.scaleIn(1.0 / 9);
  }
}
