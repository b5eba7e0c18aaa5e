package io.millrace.learner.augment.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TilePermutationsTest {
  private final List<int[]> orders = TilePermutations.of(100);

  @Test
  void areOrdersOfNineTilesAlwaysTheSame() {
    for (int[] order : orders) {
      assertThat(Arrays.stream(order).sorted().toArray())
          .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    }
    List<int[]> again = TilePermutations.of(40);
    for (int i = 0; i < 40; i++) {
      assertThat(again.get(i)).isEqualTo(orders.get(i));
    }
  }

  @Test
  void theFirstNineShareNoPlace() {
    assertThat(leastDistance(orders.subList(0, 9))).isEqualTo(9);
  }

  @Test
  void aHundredShareFewPlaces() {
    assertThat(leastDistance(orders)).isGreaterThanOrEqualTo(6);
  }

  @Test
  void theSecondIsTheFirstByReadingThatSharesNoPlaceWithTheFirst() {
    assertThat(orders.get(0)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(orders.get(1)).containsExactly(1, 0, 3, 2, 5, 4, 7, 8, 6);
  }

  private static int leastDistance(List<int[]> orders) {
    int least = 9;
    for (int i = 0; i < orders.size(); i++) {
      for (int j = 0; j < i; j++) {
        int distance = 0;
        for (int place = 0; place < 9; place++) {
          distance += orders.get(i)[place] == orders.get(j)[place] ? 0 : 1;
        }
        least = Math.min(least, distance);
      }
    }
    return least;
  }
}
