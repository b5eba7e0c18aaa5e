package io.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.loop.UpdatePlan.Due;
import io.millrace.learner.loop.UpdatePlan.Kind;
import io.millrace.learner.loop.UpdatePlan.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpdatePlanTest {
  private static final Due REPLAYS = new Due(false, true, false, false, false, false);
  private static final Due RESTS = Due.NOTHING;

  private static Report leader(Due due, Integer... ready) {
    return new Report(List.of(ready), 5, true, due);
  }

  private static Report follower(Integer... ready) {
    return new Report(List.of(ready), 7, true, Due.NOTHING);
  }

  @Test
  void whatOneShardHasIsEnoughForAFreshUpdateAndTheOthersAreFilled() {
    UpdatePlan plan = UpdatePlan.of(List.of(leader(RESTS, -1, 16), follower(0, 9)));
    assertThat(plan.kind()).isEqualTo(Kind.FRESH);
    assertThat(plan.sizes()).containsExactly(0, 16, 0, 9);
    assertThat(plan.behind()).hasValue(12);
  }

  @Test
  void thePlanIsTheSameHoweverShardsAreSpreadOverRanks() {
    UpdatePlan two = UpdatePlan.of(List.of(leader(REPLAYS, 1, 2), follower(3, 4)));
    assertThat(UpdatePlan.of(List.of(new Report(List.of(1, 2, 3, 4), 12, true, REPLAYS))))
        .isEqualTo(two);
  }

  @Test
  void withNothingNewItIsReplayOrRestAsTheLeaderSays() {
    assertThat(UpdatePlan.of(List.of(leader(REPLAYS, -1), follower(-1))).kind())
        .isEqualTo(Kind.REPLAY);
    assertThat(UpdatePlan.of(List.of(leader(RESTS, -1), follower(-1))).kind()).isEqualTo(Kind.IDLE);
  }

  @Test
  void oneShardWithoutEnoughKeptImagesKeepsAllFromReplay() {
    var poor = new Report(List.of(-1), 0, false, Due.NOTHING);
    assertThat(UpdatePlan.of(List.of(leader(REPLAYS, -1), poor)).kind()).isEqualTo(Kind.IDLE);
  }

  @Test
  void aBudgetIsSpentBeforeTheNextBatch() {
    var pending = new Due(true, true, false, false, false, false);
    UpdatePlan plan = UpdatePlan.of(List.of(leader(pending, 8), follower(8)));
    assertThat(plan.kind()).isEqualTo(Kind.REPLAY);
    assertThat(plan.sizes()).containsExactly(0, 0);
  }

  @Test
  void theLeadersWordAloneEndsSavesAndReleases() {
    var asks = new Due(false, true, true, true, true, true);
    UpdatePlan plan =
        UpdatePlan.of(List.of(leader(asks, 8), new Report(List.of(8), 7, true, RESTS)));
    assertThat(plan)
        .isEqualTo(new UpdatePlan(Kind.IDLE, List.of(0, 0), 12, true, true, true, true));
    plan = UpdatePlan.of(List.of(leader(RESTS, 8), new Report(List.of(8), 7, true, asks)));
    assertThat(plan.end() || plan.checkpoint() || plan.release() || plan.monitor()).isFalse();
  }

  @Test
  void aLagThatOneRankDoesNotKnowIsNotKnown() {
    var blind = new Report(List.of(3), -1, true, Due.NOTHING);
    assertThat(UpdatePlan.of(List.of(leader(RESTS, 3), blind, follower(3))).behind()).isEmpty();
  }

  @Test
  void aReportComesBackAsItWas() {
    var report =
        new Report(
            List.of(-1, 0, 70_000), -1, true, new Due(true, false, true, false, true, false));
    assertThat(UpdatePlan.read(UpdatePlan.write(report))).isEqualTo(report);
    byte[] cut = java.util.Arrays.copyOf(UpdatePlan.write(report), 9);
    assertThatThrownBy(() -> UpdatePlan.read(cut)).hasMessage("a report of 9 bytes: expected more");
  }
}
