package io.millrace.learner.replay;

import io.millrace.learner.random.KeyedRandom;
import java.util.List;

/** Keeps nothing, for those who may not keep images. */
final class NothingKept implements ReplayPolicy {
  @Override
  public boolean admits(List<ReplayEntry> kept, boolean full, long offered, KeyedRandom random) {
    return false;
  }

  @Override
  public int victim(List<ReplayEntry> kept, KeyedRandom random) {
    return 0; // of a buffer that was saved under another policy
  }
}
