package io.millrace.learner.method.bow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.ScopedContract;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bags of words a few images at a time. */
public abstract class MapWordsContract extends ScopedContract {
  private static final int IMAGES = 21;
  private static final int WORDS = 2048;

  /** 64 locations × 2,048 words: eight images at a time on a processor, five at last. */
  @Test
  public void bagsOfAFewImagesAtATimeAreThoseOfAllAtOnce() {
    Tensor map = uniform(1, IMAGES, 3, 8, 8);
    Tensor words = uniform(2, WORDS, 3);
    ObowSettings settings = ObowSettings.defaults();
    Tensor distances = BagOfWords.distances(BagOfWords.locations(map), words);
    Tensor mean = BagOfWords.meanOfMinimum(distances);
    double[] expected =
        BagOfWords.bags(
                distances,
                IMAGES,
                settings.assignmentKind(),
                mean,
                settings.inverseDelta(),
                settings.poolingKind())
            .toDoubles();

    var seen = new MapWords(engine, map, words);

    assertThat(seen.meanOfMinimum().item()).isCloseTo(mean.item(), within(1e-12));
    Tensor bags = seen.bags(settings, mean);
    assertThat(bags.shape()).containsExactly(IMAGES, WORDS);
    assertThat(bags.toDoubles()).containsExactly(expected, within(1e-12));
  }

  private Tensor uniform(long seed, long... shape) {
    var random = new Random(seed);
    int size = 1;
    for (long s : shape) {
      size *= (int) s;
    }
    return engine.tensor(random.doubles(size, -2, 2).toArray(), shape);
  }
}
