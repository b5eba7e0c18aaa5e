package io.millrace.learner.replay;

import io.millrace.learner.random.KeyedRandom;
import java.util.List;

/** Keeps the latest images: the oldest goes. */
final class Fifo implements ReplayPolicy {
  @Override
  public boolean admits(List<ReplayEntry> kept, boolean full, long offered, KeyedRandom random) {
    return true;
  }

  @Override
  public int victim(List<ReplayEntry> kept, KeyedRandom random) {
    return 0;
  }
}
