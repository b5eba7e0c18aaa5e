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
 * @param rounds told of each round
 */
public record LearnerGroup(Shards shards, Collectives collectives, Rounds rounds) {
  /** Who is told between two updates, on the learner's thread. */
  @FunctionalInterface
  public interface Rounds {
    /**
     * A round has ended.
     *
     * @param step updates of the model
     * @param computeSeconds spent on updates so far, without their exchanges
     * @param waitSeconds spent exchanging so far, and waiting for the leader while it has work
     * @throws io.millrace.learner.group.BrokenGroupException where this process has no part in the
     *     group any more
     */
    void ended(long step, double computeSeconds, double waitSeconds);
  }

  /** One process with all shards. */
  public static LearnerGroup alone(int shards) {
    return new LearnerGroup(
        Shards.alone(shards), new SoleProcess(), (step, computeSeconds, waitSeconds) -> {});
  }
}
