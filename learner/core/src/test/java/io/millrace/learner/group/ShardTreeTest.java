package io.millrace.learner.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.group.ShardTree.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShardTreeTest {
  @Test
  void theSumIsTheSameBitForBitForAnyNumberOfProcesses() {
    var random = new Random(1);
    boolean orderMatters = false;
    for (int count = 1; count <= 17; count++) {
      var terms = new ArrayList<Float>();
      for (int s = 0; s < count; s++) {
        terms.add((random.nextFloat() - 0.5f) * (1 << random.nextInt(20)));
      }
      float one = sum(count, 1, terms);
      for (int size = 2; size <= count; size++) {
        assertThat(sum(count, size, terms)).as("%d shards, %d ranks", count, size).isEqualTo(one);
      }
      float fromLeft = 0;
      for (float term : terms) {
        fromLeft += term;
      }
      orderMatters |= fromLeft != one;
    }
    assertThat(orderMatters).as("another order gives other bits").isTrue();
  }

  private static float sum(int count, int size, List<Float> terms) {
    var leaves = new ArrayList<Node>();
    var sums = new ArrayList<Float>();
    for (int rank = 0; rank < size; rank++) {
      var shards = new Shards(count, size, rank);
      leaves.addAll(ShardTree.nodes(count, shards.from(), shards.to()));
      sums.addAll(
          ShardTree.ownNodes(shards, terms.subList(shards.from(), shards.to()), Float::sum));
    }
    return ShardTree.sum(new Node(0, count), leaves, sums, Float::sum);
  }

  @Test
  void blocksAreNeighborsAndCoverAllShards() {
    for (int count = 1; count <= 12; count++) {
      for (int size = 1; size <= count; size++) {
        int next = 0;
        for (int rank = 0; rank < size; rank++) {
          var shards = new Shards(count, size, rank);
          assertThat(shards.from()).isEqualTo(next);
          assertThat(shards.local()).isPositive();
          for (int s = shards.from(); s < shards.to(); s++) {
            assertThat(shards.owner(s)).isEqualTo(rank);
          }
          next = shards.to();
        }
        assertThat(next).isEqualTo(count);
      }
    }
  }

  @Test
  void halvesAndQuartersSendOneNode() {
    assertThat(ShardTree.nodes(8, 4, 8)).containsExactly(new Node(4, 8));
    assertThat(ShardTree.nodes(8, 2, 4)).containsExactly(new Node(2, 4));
    assertThat(ShardTree.nodes(4, 1, 3)).containsExactly(new Node(1, 2), new Node(2, 3));
  }

  @Test
  void aGroupLargerThanTheShardsIsRefused() {
    assertThatThrownBy(() -> new Shards(4, 5, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a group of 5 processes: expected 1 to learner.shards (4), each computes one shard or"
                + " more");
  }
}
