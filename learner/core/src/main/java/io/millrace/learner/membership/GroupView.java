package io.millrace.learner.membership;

import io.millrace.learner.checkpoint.Generation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A group as one of its processes sees it.
 *
 * @param member this process
 * @param phase seeking, forming or working
 * @param epoch of the lease as last read
 * @param generation what it works in; null outside of any
 * @param live latest heartbeats of the model's live processes, elders first
 * @param doing what it waits for, or does
 * @param formed generations that this process has worked in since it started
 */
public record GroupView(
    String member,
    String phase,
    long epoch,
    @Nullable Generation generation,
    List<Heartbeat> live,
    String doing,
    long formed) {
  public GroupView {
    live = List.copyOf(live);
  }

  /** This process' rank; -1 outside of a generation. */
  public int rank() {
    Generation in = generation;
    return in == null ? -1 : in.rank(member).orElse(-1);
  }

  /**
   * The member of the generation that waits least in collectives, for whom the others wait; null
   * before it is known.
   */
  public @Nullable Heartbeat slowest() {
    Generation in = generation;
    if (in == null || in.members().size() < 2) {
      return null;
    }
    Heartbeat slowest = null;
    for (Heartbeat beat : live) {
      if (beat.generation() == in.number()
          && beat.computeSeconds() + beat.waitSeconds() > 0
          && (slowest == null || share(beat) < share(slowest))) {
        slowest = beat;
      }
    }
    return slowest;
  }

  /** Rank of {@link #slowest}; -1 before it is known. */
  public int slowestRank() {
    Generation in = generation;
    Heartbeat slowest = slowest();
    return in == null || slowest == null ? -1 : in.rank(slowest.member()).orElse(-1);
  }

  private static double share(Heartbeat beat) {
    return beat.waitSeconds() / (beat.computeSeconds() + beat.waitSeconds());
  }
}
