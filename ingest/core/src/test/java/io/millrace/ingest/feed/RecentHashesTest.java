package io.millrace.ingest.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecentHashesTest {
  @Test
  void isAFirstInFirstOutSetAndItsWindowsNeverChange() {
    int capacity = 17;
    Random random = new Random(5);
    RecentHashes recent = new RecentHashes(capacity, HashWindow.EMPTY);
    Deque<Long> literal = new ArrayDeque<>();
    List<HashWindow> windows = new ArrayList<>();
    List<long[]> expected = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      long hash = random.nextInt(60);
      boolean isNew = !literal.contains(hash);
      assertThat(recent.add(hash)).isEqualTo(isNew);
      if (isNew) {
        literal.add(hash);
        if (literal.size() > capacity) {
          literal.remove();
        }
      }
      windows.add(recent.window());
      expected.add(literal.stream().mapToLong(x -> x).toArray());
    }
    for (int i = 0; i < windows.size(); i++) {
      assertThat(windows.get(i).hashes()).isEqualTo(expected.get(i));
      assertThat(windows.get(i)).isEqualTo(new HashWindow(expected.get(i)));
      assertThat(windows.get(i)).hasSameHashCodeAs(new HashWindow(expected.get(i)));
    }
  }

  @Test
  void goesOnFromAWindowAndKeepsTheNewest() {
    RecentHashes recent = new RecentHashes(2, new HashWindow(new long[] {1, 2, 3}));
    assertThat(recent.add(1)).isTrue();
    assertThat(recent.add(3)).isFalse();
    assertThat(recent.window().hashes()).containsExactly(3, 1);
  }

  @Test
  void remembersNothingAtCapacityZero() {
    RecentHashes recent = new RecentHashes(0, new HashWindow(new long[] {1}));
    assertThat(recent.add(1)).isTrue();
    assertThat(recent.add(1)).isTrue();
    assertThat(recent.window()).isEqualTo(HashWindow.EMPTY);
  }
}
