package io.millrace.learner.loop;

import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.Shards;
import io.millrace.learner.group.SoleProcess;

/**
 * The processes that a learner computes its updates with. All of them hold the whole session and
 * make the same updates; each computes its own shards. The first one leads: it alone reads the
 * stream, decides, saves and releases, and tells the others what it does.
 *
 * @param shards who computes which shards
 * @param collectives how they exchange; their maker closes them
 */
public record LearnerGroup(Shards shards, Collectives collectives) {
  /** One process with all shards. */
  public static LearnerGroup alone(int shards) {
    return new LearnerGroup(Shards.alone(shards), new SoleProcess());
  }
}
