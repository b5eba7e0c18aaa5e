package io.millrace.learner.replay;

import io.millrace.learner.random.Chance;
import java.util.List;

/** Keeps the latest images: the oldest goes. */
final class Fifo implements ReplayPolicy {
  @Override
  public boolean admits(List<ReplayEntry> kept, boolean full, long offered, Chance chance) {
    return true;
  }

  @Override
  public int victim(List<ReplayEntry> kept, Chance chance) {
    return 0;
  }
}
