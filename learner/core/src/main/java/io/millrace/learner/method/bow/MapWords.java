package io.millrace.learner.method.bow;

import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;

/**
 * The visual words of maps. Distances of every location to every word are many times as large as
 * the maps: they are made of a few images at a time, once for their mean minimum and once for the
 * bags, so that on a processor they stay in its cache and on a GPU they take bounded memory.
 *
 * @param map [images, C, height, width]
 * @param words [K, C]
 */
record MapWords(Engine engine, Tensor map, Tensor words) {
  /** Distances at once: 4 MB in float32 on a processor. */
  private static final long ON_HOST = 1L << 20;

  private static final long ON_DEVICE = 1L << 26;

  /** Mean over all locations of the squared distance to the nearest word, one element. */
  Tensor meanOfMinimum() {
    Tensor sum = engine.zeros(1);
    forChunks(
        (from, to) ->
            sum.addIn(
                (double) (to - from) / images(),
                BagOfWords.meanOfMinimum(distances(from, to)).reshape(1)));
    return sum;
  }

  /**
   * Bags of words [images, K], rows of sum 1.
   *
   * @param meanMinimum d̄ of {@link BagOfWords}, one element; unused by hard assignment
   */
  Tensor bags(ObowSettings settings, Tensor meanMinimum) {
    Tensor bags = engine.zeros(images(), words.size(0));
    forChunks(
        (from, to) ->
            bags.slice(0, from, to)
                .copyIn(
                    BagOfWords.bags(
                        distances(from, to),
                        to - from,
                        settings.assignmentKind(),
                        meanMinimum,
                        settings.inverseDelta(),
                        settings.poolingKind())));
    return bags;
  }

  private long images() {
    return map.size(0);
  }

  private Tensor distances(long from, long to) {
    return BagOfWords.distances(BagOfWords.locations(map.slice(0, from, to)), words);
  }

  private void forChunks(Chunk chunk) {
    long ofImage = map.size(2) * map.size(3) * words.size(0);
    long atOnce = engine.info().device().equals("cpu") ? ON_HOST : ON_DEVICE;
    long step = Math.max(1, atOnce / ofImage);
    for (long from = 0; from < images(); from += step) {
      try (Scope scope = engine.scope()) {
        chunk.see(from, Math.min(images(), from + step));
      }
    }
  }

  private interface Chunk {
    void see(long from, long to);
  }
}
