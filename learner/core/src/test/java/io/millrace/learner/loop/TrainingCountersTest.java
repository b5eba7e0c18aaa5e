package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.checkpoint.LearnerProgress;
import org.junit.jupiter.api.Test;

class TrainingCountersTest {
  @Test
  void aReleaseIsAChangeThatACheckpointHasToKeep() {
    var counters = new TrainingCounters();
    counters.step = 7;
    LearnerProgress before = counters.progress();
    long turns = counters.turns();
    counters.released();
    assertThat(counters.progress().released()).isEqualTo(7).isNotEqualTo(before.released());
    assertThat(counters.turns()).isGreaterThan(turns);
  }
}
