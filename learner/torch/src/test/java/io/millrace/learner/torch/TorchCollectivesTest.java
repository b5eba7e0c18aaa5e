package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.group.BrokenGroupException;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.group.Groups;
import io.millrace.learner.group.Shards;
import io.millrace.learner.group.SoleProcess;
import io.millrace.learner.method.ShardedRun;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Groups whose ranks are threads of this process, each with an engine of its own. */
@Timeout(120)
class TorchCollectivesTest {
  @TempDir Path folder;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private interface Work<T> {
    T of(Engine engine, Collectives group);
  }

  private GroupAddress address(String name, int rank, int size, Duration timeout) {
    return new GroupAddress(folder, name, 7, rank, size, timeout, GroupBackend.GLOO);
  }

  private <T> List<Future<T>> group(int size, Duration timeout, Work<T> work) {
    var running = new ArrayList<Future<T>>();
    for (int rank = 0; rank < size; rank++) {
      GroupAddress address = address("group " + size, rank, size, timeout);
      running.add(
          threads.submit(
              () -> {
                try (Engine engine = ShardedRun.engine();
                    Collectives group = Groups.join(engine, address);
                    Scope scope = engine.scope()) {
                  return work.of(engine, group);
                }
              }));
    }
    return running;
  }

  private static <T> List<T> ended(List<Future<T>> running)
      throws InterruptedException, ExecutionException {
    var out = new ArrayList<T>();
    for (Future<T> one : running) {
      out.add(one.get());
    }
    return out;
  }

  private static float[] terms(int shard) {
    var random = new Random(shard);
    float[] values = new float[1001];
    for (int i = 0; i < values.length; i++) {
      values[i] = (random.nextFloat() - 0.5f) * (1 << random.nextInt(20));
    }
    return values;
  }

  private static float[] sum(Engine engine, Collectives group, int count) {
    var shards = new Shards(count, group.size(), group.rank());
    var own = new ArrayList<Tensor>();
    for (int s = shards.from(); s < shards.to(); s++) {
      own.add(engine.tensor(terms(s), 7, 11, 13));
    }
    Tensor sum = group.sum(shards, own);
    assertThat(sum.shape()).containsExactly(7, 11, 13);
    return sum.toFloats();
  }

  @Test
  void sumsAreThoseOfOneProcessBitForBit() throws Exception {
    int[] counts = {4, 5, 7};
    var expected = new ArrayList<float[]>();
    try (Engine engine = ShardedRun.engine();
        Scope scope = engine.scope()) {
      for (int count : counts) {
        expected.add(sum(engine, new SoleProcess(), count));
      }
    }
    for (int size = 2; size <= 4; size++) {
      List<List<float[]>> all =
          ended(
              group(
                  size,
                  Duration.ofSeconds(60),
                  (engine, group) -> {
                    var sums = new ArrayList<float[]>();
                    for (int count : counts) {
                      sums.add(sum(engine, group, count));
                    }
                    return sums;
                  }));
      for (List<float[]> ofRank : all) {
        for (int i = 0; i < counts.length; i++) {
          assertThat(ofRank.get(i))
              .as("%d shards, %d ranks", counts[i], size)
              .isEqualTo(expected.get(i));
        }
      }
    }
  }

  @Test
  void rowsAndBytesOfAnyLengthsComeInTheOrderOfRanks() throws Exception {
    List<String> all =
        ended(
            group(
                3,
                Duration.ofSeconds(60),
                (engine, group) -> {
                  int rank = group.rank();
                  Tensor own = engine.zeros(rank + 1, 2).fillIn(rank);
                  assertThat(group.gather(own, new long[] {1, 2, 3}).toFloats())
                      .containsExactly(0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2);
                  assertThatThrownBy(() -> group.gather(own, new long[] {9, 9, 9}))
                      .isInstanceOf(IllegalArgumentException.class)
                      .hasMessageContaining("expected 9 of [9, 9, 9]");
                  String plan =
                      text(group.broadcast(bytes(group.leads() ? "replay" : "not asked")));
                  var texts = new StringBuilder(plan);
                  group
                      .gather(bytes("x".repeat(rank)))
                      .forEach(b -> texts.append('|').append(text(b)));
                  group.barrier();
                  assertThat(group.nanos()).isPositive();
                  return texts.toString();
                }));
    assertThat(all).containsOnly("replay||x|xx").hasSize(3);
  }

  @Test
  void aRankThatLeavesBreaksTheGroup() throws Exception {
    List<Future<String>> running =
        group(
            3,
            Duration.ofSeconds(20),
            (engine, group) -> {
              if (group.rank() == 2) {
                group.barrier(); // before it the others may still be on their way
                return "left";
              }
              try {
                while (true) {
                  group.barrier();
                }
              } catch (BrokenGroupException e) {
                return e.getMessage();
              }
            });
    List<String> ends = ended(running);
    assertThat(ends.get(0)).contains("barrier of rank 0 of 3, generation 7 of group 3 failed");
    assertThat(ends.get(1)).contains("barrier of rank 1 of 3, generation 7 of group 3 failed");
  }

  @Test
  void aRankThatNeverComesEndsTheWait() {
    try (Engine engine = ShardedRun.engine()) {
      assertThatThrownBy(() -> Groups.join(engine, address("alone", 0, 2, Duration.ofSeconds(1))))
          .isInstanceOf(BrokenGroupException.class)
          .hasMessageContaining("rank 0 of 2, generation 7 of alone could not meet the others");
    }
  }

  @Test
  void ncclOnACpuIsAnErrorThatSaysWhy() {
    try (Engine engine = ShardedRun.engine()) {
      var address =
          new GroupAddress(folder, "gpu", 1, 0, 2, Duration.ofSeconds(1), GroupBackend.NCCL);
      assertThatThrownBy(() -> Groups.join(engine, address))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the group's backend is nccl, but the engine computes on the CPU: expected auto or"
                  + " gloo");
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
