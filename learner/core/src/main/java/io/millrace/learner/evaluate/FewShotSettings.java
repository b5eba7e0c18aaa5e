package io.millrace.learner.evaluate;

/**
 * N-way K-shot episodes.
 *
 * @param ways N, classes of an episode, 2 or more
 * @param shots K, labelled images of each class, 1 or more
 * @param queries images asked about of each class, at most, 1 or more
 * @param episodes 2 to 1,000,000
 * @param seed of what is drawn
 */
public record FewShotSettings(int ways, int shots, int queries, int episodes, long seed) {
  public FewShotSettings {
    if (ways < 2) {
      throw new IllegalArgumentException("ways is " + ways + ": expected 2 or more");
    }
    if (shots < 1) {
      throw new IllegalArgumentException("shots is " + shots + ": expected 1 or more");
    }
    if (queries < 1) {
      throw new IllegalArgumentException("queries is " + queries + ": expected 1 or more");
    }
    if (episodes < 2 || episodes > 1_000_000) {
      throw new IllegalArgumentException("episodes is " + episodes + ": expected 2 to 1000000");
    }
  }

  /** 600 episodes with 15 queries of each class, as the field reports them. */
  public static FewShotSettings of(int ways, int shots, long seed) {
    return new FewShotSettings(ways, shots, 15, 600, seed);
  }
}
