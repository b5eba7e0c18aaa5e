package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.checkpoint.LearnerProgress;
import org.junit.jupiter.api.Test;

class ProgressTrackerTest {
  @Test
  void aReleaseIsAChangeThatACheckpointHasToKeep() {
    var tracker = new ProgressTracker();
    tracker.step = 7;
    LearnerProgress before = tracker.progress();
    long turns = tracker.turns();
    tracker.released();
    assertThat(tracker.progress().released()).isEqualTo(7).isNotEqualTo(before.released());
    assertThat(tracker.turns()).isGreaterThan(turns);
  }
}
