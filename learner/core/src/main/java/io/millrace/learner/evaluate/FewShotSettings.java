package io.millrace.learner.evaluate;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** N-way K-shot episodes. */
public record FewShotSettings(
    @Doc("N, classes of an episode") @Range(min = 2) int ways,
    @Doc("K, labeled images of each class") @Range(min = 1) int shots,
    @Doc("images asked about of each class, at most") @Range(min = 1) int queries,
    @Doc("episodes drawn") @Range(min = 2, max = 1_000_000) int episodes,
    @Doc("of what is drawn") long seed) {
  public FewShotSettings {
    Allowed.check(FewShotSettings.class, ways, shots, queries, episodes, seed);
  }

  /** 600 episodes with 15 queries of each class, as the field reports them. */
  public static FewShotSettings of(int ways, int shots, long seed) {
    return new FewShotSettings(ways, shots, 15, 600, seed);
  }
}
