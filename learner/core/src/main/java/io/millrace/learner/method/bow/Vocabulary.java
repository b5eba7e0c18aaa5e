package io.millrace.learner.method.bow;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.step.Queue;
import io.millrace.learner.objective.VocabularyUpdate;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * The visual words of one level: a queue of teacher features in the state, the oldest replaced
 * first. Until it has filled once it holds only the words it has been given, so that no bag of
 * words counts a word that no image ever showed (ours; valeoai/obow starts from random words).
 *
 * <p>State: tensors {@code vocabulary.<level>} [K, C] and {@code minDistance.<level>} [1]; counters
 * {@code vocabulary.<level>.filled}, {@code .pointer} and {@code .distances}.
 */
record Vocabulary(String level, int words, int channels, VocabularyUpdate update, double momentum) {

  /** Name of the tensor of words. */
  String wordsName() {
    return "vocabulary." + level;
  }

  /** Name of the tensor with the running mean of the minimum distance. */
  String distanceName() {
    return "minDistance." + level;
  }

  /** Adds an empty vocabulary to a fresh state. */
  void addTo(MethodState state) {
    queue().addTo(state, state.engine().zeros(words, channels));
    state.add(distanceName(), state.engine().zeros(1));
    state.counter(filledName(), 0);
    state.counter(distancesName(), 0);
  }

  /** Words there are by now. */
  long filled(MethodState state) {
    return state.counter(filledName());
  }

  /** The words there are, [filled, C]; shares the queue's storage. */
  Tensor words(MethodState state) {
    return state.tensor(wordsName()).slice(0, 0, filled(state));
  }

  /**
   * Takes one more batch's mean minimum distance into the running mean: d̄ ← m·d̄ + (1 − m)·d, with
   * m the smaller of the momentum and n/(n+1) after n batches, a plain mean at first. The batch
   * that starts the vocabulary is near to its own words and is not counted.
   *
   * @return d̄, one element
   */
  Tensor follow(MethodState state, Tensor meanOfMinimum, boolean starting) {
    long n = state.counter(distancesName());
    double m = Math.min(momentum, n / (n + 1.0));
    state.counter(distancesName(), starting ? 0 : n + 1);
    return state.tensor(distanceName()).lerpIn(meanOfMinimum.reshape(1), 1 - m);
  }

  /** What each image of a batch gives: one of its candidates, drawn by (seed, level, id, step). */
  Tensor draw(Tensor innerMap, List<String> ids, long step, long seed) {
    Tensor candidates = update.candidates(innerMap);
    int each = (int) candidates.size(1);
    long[] rows = new long[ids.size()];
    for (int i = 0; i < rows.length; i++) {
      KeyedRandom random = KeyedRandom.of(seed, "obow.vocabulary." + level, ids.get(i), step);
      rows[i] = (long) i * each + random.nextInt(each);
    }
    return candidates.reshape(-1, channels).select(0, rows);
  }

  /** Replaces the oldest words. Of more vectors than there are words, the last remain. */
  void enqueue(MethodState state, Tensor vectors) {
    queue().enqueue(state, vectors);
    state.counter(filledName(), Math.min(words, filled(state) + vectors.size(0)));
  }

  private String filledName() {
    return wordsName() + ".filled";
  }

  private Queue queue() {
    return new Queue(wordsName(), words);
  }

  private String distancesName() {
    return wordsName() + ".distances";
  }
}
