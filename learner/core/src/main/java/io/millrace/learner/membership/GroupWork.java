package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.Generation;
import io.millrace.learner.checkpoint.WriterLease;

/** What the processes of a generation do together. */
public interface GroupWork {
  /** Asked by the work, on its thread, between two updates. */
  interface Control {
    /** Leader: whether to end in order, with a checkpoint; followers wait for the leader's word. */
    boolean endsInOrder();

    /**
     * Throws where this process has no part in the generation any more.
     *
     * @throws io.millrace.learner.group.BrokenGroupException saying why
     */
    void requireInForce();

    /**
     * Has something run once, on another thread, when the generation is to end: in order or at
     * once.
     */
    void whenOver(Runnable end);

    /** Tells how far the work is, for the others to see. */
    void worked(long step, double computeSeconds, double waitSeconds);
  }

  /**
   * Works until the generation ends: returns when it ended in order.
   *
   * @param lease the leader's, which confirms its checkpoints; a follower's writes nothing
   * @throws io.millrace.learner.group.BrokenGroupException when a process was lost
   * @throws io.millrace.learner.checkpoint.FencedException when another one took the lease
   * @throws java.io.IOException when the shared folder or the broker fails: it is tried again
   */
  void run(Generation generation, int rank, WriterLease lease, Control control) throws Exception;
}
