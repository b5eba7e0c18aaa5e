package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.checkpoint.LearnerProgress;
import org.junit.jupiter.api.Test;

class TallyTest {
  @Test
  void aReleaseIsAChangeThatACheckpointHasToKeep() {
    var tally = new Tally();
    tally.step = 7;
    LearnerProgress before = tally.progress();
    long turns = tally.turns();
    tally.released();
    assertThat(tally.progress().released()).isEqualTo(7).isNotEqualTo(before.released());
    assertThat(tally.turns()).isGreaterThan(turns);
  }
}
