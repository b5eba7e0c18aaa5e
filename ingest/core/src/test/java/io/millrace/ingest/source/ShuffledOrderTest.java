package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ShuffledOrderTest {
  @Property(tries = 200)
  void everyIndexComesOnce(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5_000) int count) {
    ShuffledOrder order = new ShuffledOrder(seed, count);
    BitSet seen = new BitSet();
    for (int i = 0; i < count; i++) {
      long index = order.indexOf(i);
      assertThat(index).isBetween(0L, count - 1L);
      seen.set((int) index);
    }
    assertThat(seen.cardinality()).isEqualTo(count);
  }

  @Property(tries = 50)
  void neighborsAreTornApart(@ForAll long seed) {
    int count = 10_000;
    ShuffledOrder order = new ShuffledOrder(seed, count);
    double sum = 0;
    int neighbors = 0;
    for (int i = 1; i < count; i++) {
      long step = Math.abs(order.indexOf(i) - order.indexOf(i - 1));
      sum += step;
      neighbors += step == 1 ? 1 : 0;
    }
    assertThat(sum / count).isBetween(count * 0.31, count * 0.36); // a third, when uniform
    assertThat(neighbors).isLessThan(15);
  }

  @Property(tries = 20)
  void withoutEndEachBlockIsShuffledInItself(@ForAll long seed) {
    ShuffledOrder order = new ShuffledOrder(seed, ImageSet.UNBOUNDED);
    for (long block = 0; block < 2; block++) {
      long from = block * ShuffledOrder.BLOCK;
      BitSet seen = new BitSet();
      for (long i = from; i < from + ShuffledOrder.BLOCK; i++) {
        assertThat(order.indexOf(i)).isBetween(from, from + ShuffledOrder.BLOCK - 1);
        seen.set((int) (order.indexOf(i) - from));
      }
      assertThat(seen.cardinality()).isEqualTo((int) ShuffledOrder.BLOCK);
    }
  }
}
