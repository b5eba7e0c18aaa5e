package io.millrace.learner.method.bow;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.objective.BagOfWords;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;

/**
 * Mini-batch k-means on a stream (Sculley 2010, algorithm 1, a whole batch at a time): each word is
 * the mean of all vectors that were nearest to it so far.
 *
 * <pre>
 * n_k ← n_k + |{x nearest to w_k}|,   w_k ← w_k + Σ_{x nearest to w_k} (x − w_k) / n_k
 * </pre>
 *
 * Words start as vectors drawn from the first batches, a quarter of each, by (seed, name, step). In
 * the state: tensors {@code <name>} [words, channels] and {@code <name>.counts} [words], counter
 * {@code <name>.filled}.
 */
public record KMeans(String name, int words, int channels) {
  private static final int SHARE_THAT_STARTS = 4;

  /**
   * What a batch was before the words moved.
   *
   * @param error mean squared distance to the nearest word
   * @param spread mean squared distance to the batch's mean, the error of one word at best
   */
  public record Fit(Tensor error, Tensor spread) {}

  /** Adds an empty vocabulary to a fresh state. */
  public void addTo(MethodState state) {
    state.add(name, state.engine().zeros(words, channels));
    state.add(countsName(), state.engine().zeros(words));
    state.counter(filledName(), 0);
  }

  /** Forgets all words. */
  public void clear(MethodState state) {
    state.tensor(name).fillIn(0);
    state.tensor(countsName()).fillIn(0);
    state.counter(filledName(), 0);
  }

  /** Whether there are as many words as there are to be. */
  public boolean full(MethodState state) {
    return filled(state) == words;
  }

  /** Words there are by now. */
  public long filled(MethodState state) {
    return state.counter(filledName());
  }

  /** The words there are, [filled, channels]; shares the state's storage. */
  Tensor words(MethodState state) {
    return state.tensor(name).slice(0, 0, filled(state));
  }

  /**
   * Moves the words by a batch.
   *
   * @param vectors [n, channels]
   * @throws NonFiniteUpdateException where a vector is not finite; no word has moved then
   */
  public Fit follow(MethodState state, Tensor vectors, long step, long seed) {
    if (!full(state)) {
      start(state, vectors, step, seed);
    }
    Tensor w = words(state);
    Tensor distances = BagOfWords.distances(vectors, w).clamp(0, Double.POSITIVE_INFINITY);
    Tensor error = BagOfWords.meanOfMinimum(distances);
    if (!Double.isFinite(error.item())) {
      throw new NonFiniteUpdateException("the distance to the words", error.item());
    }
    Tensor nearest = distances.mul(-1).argmax(1).oneHot((int) w.size(0));
    Tensor hits = nearest.sum(false, 0);
    Tensor counts = state.tensor(countsName()).slice(0, 0, w.size(0));
    counts.addIn(1, hits);
    Tensor towards = nearest.permute(1, 0).matmul(vectors).sub(w.mul(hits.reshape(-1, 1)));
    w.addIn(1, towards.div(counts.clamp(1, Double.POSITIVE_INFINITY).reshape(-1, 1)));

    Tensor centered = vectors.sub(vectors.mean(true, 0));
    return new Fit(error, centered.mul(centered).sum(false).mul(1.0 / vectors.size(0)));
  }

  private void start(MethodState state, Tensor vectors, long step, long seed) {
    int there = (int) vectors.size(0);
    long from = filled(state);
    int taken = (int) Math.min(words - from, Math.max(1, there / SHARE_THAT_STARTS));
    long[] rows =
        Arrays.stream(KeyedRandom.of(seed, name, step, 0).permutation(there))
            .limit(taken)
            .asLongStream()
            .toArray();
    state.tensor(name).slice(0, from, from + taken).copyIn(vectors.select(0, rows));
    state.counter(filledName(), from + taken);
  }

  private String countsName() {
    return name + ".counts";
  }

  private String filledName() {
    return name + ".filled";
  }
}
