package io.millrace.learner.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ShardTeamTest {
  @Test
  void shardsRunOneAtATimeAndShareWhatIsMadeOfAll() {
    var order = Collections.synchronizedList(new ArrayList<String>());
    var running = new AtomicInteger();
    try (var team = new ShardTeam(3)) {
      team.run(
          shard -> {
            assertThat(running.incrementAndGet()).isEqualTo(1);
            order.add("a" + shard);
            running.decrementAndGet();
            List<Integer> all = team.together(shard, shard, List::copyOf);
            assertThat(running.incrementAndGet()).isEqualTo(1);
            order.add("b" + shard + all);
            running.decrementAndGet();
          });
      assertThat(order)
          .containsExactly("a0", "a1", "a2", "b0[0, 1, 2]", "b1[0, 1, 2]", "b2[0, 1, 2]");
    }
  }

  @Test
  void whatOneShardThrowsEndsAllAndTheTeamGoesOn() {
    try (var team = new ShardTeam(3)) {
      for (int failing = 0; failing < 3; failing++) {
        int bad = failing;
        assertThatThrownBy(
                () ->
                    team.run(
                        shard -> {
                          team.together(shard, shard, all -> 0);
                          if (shard == bad) {
                            throw new IllegalArgumentException("shard " + shard);
                          }
                          team.together(shard, shard, all -> 0);
                        }))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("shard " + bad);
      }
      assertThatThrownBy(
              () ->
                  team.run(
                      shard ->
                          team.together(
                              shard,
                              shard,
                              all -> {
                                throw new BrokenGroupException("gone", null);
                              })))
          .isInstanceOf(BrokenGroupException.class);
      var ended = new AtomicInteger();
      team.run(shard -> ended.addAndGet(team.together(shard, 1, List::size)));
      assertThat(ended).hasValue(9);
    }
  }

  @Test
  void shardsThatDoNotDoTheSameAreAnError() {
    try (var team = new ShardTeam(2)) {
      for (int lazy = 0; lazy < 2; lazy++) {
        int idle = lazy;
        assertThatThrownBy(
                () ->
                    team.run(
                        shard -> {
                          if (shard != idle) {
                            team.together(shard, shard, all -> 0);
                          }
                        }))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("expected the same of all");
      }
    }
  }
}
