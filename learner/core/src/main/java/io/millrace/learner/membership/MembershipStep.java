package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.Generation;
import java.util.List;

/** What a member is to do now. */
public sealed interface MembershipStep {
  /** Nothing. */
  record Wait(String why) implements MembershipStep {}

  /** Take the lease: nobody leads, and it is this one's turn. */
  record TakeLease() implements MembershipStep {}

  /** Put these on record as the next generation, under the lease it holds; the first one leads. */
  record Form(List<String> members) implements MembershipStep {}

  /** Work in a generation that the leader has put on record. */
  record Join(Generation generation, int rank) implements MembershipStep {}

  /** Lead the generation to an end in order: checkpoint, then form anew. */
  record Regroup(String why) implements MembershipStep {}

  /** Stop working at once: the generation is history. */
  record Abandon(String why) implements MembershipStep {}
}
