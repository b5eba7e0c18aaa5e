package io.millrace.learner.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.checkpoint.Generation;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GroupViewTest {
  private static final Generation PAIR = new Generation(4, 3, List.of("a", "b"), "r");

  /** A heartbeat out of a generation. */
  private static Heartbeat beat(String member, long generation, double compute, double wait) {
    return new Heartbeat(
        "m",
        member,
        "host",
        0,
        Heartbeat.State.WORKING,
        false,
        4,
        generation,
        4,
        "same",
        9,
        compute,
        wait);
  }

  private static GroupView view(@Nullable Generation generation, Heartbeat... live) {
    return new GroupView("a", "working", 4, generation, List.of(live), "works", 1);
  }

  @Test
  void theOthersWaitForTheOneThatWaitsLeast() {
    GroupView view = view(PAIR, beat("a", 3, 6, 4), beat("b", 3, 9, 1));
    assertThat(view.slowest()).isNotNull().extracting(Heartbeat::member).isEqualTo("b");
    assertThat(view.slowestRank()).isEqualTo(1);
    assertThat(view(PAIR, beat("a", 3, 9, 1), beat("b", 3, 6, 4)).slowestRank()).isZero();
  }

  @Test
  void nobodyIsTheSlowestBeforeItIsKnown() {
    assertThat(view(null, beat("a", 0, 0, 0)).slowestRank()).isEqualTo(-1);
    assertThat(view(PAIR, beat("a", 3, 0, 0), beat("b", 2, 9, 1)).slowestRank())
        .as("nobody has worked in this generation yet")
        .isEqualTo(-1);
    var sole = new Generation(4, 3, List.of("a"), "r");
    assertThat(view(sole, beat("a", 3, 9, 0)).slowestRank()).as("waits for nobody").isEqualTo(-1);
  }
}
