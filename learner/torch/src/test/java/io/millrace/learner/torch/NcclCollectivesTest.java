package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.group.Groups;
import io.millrace.learner.group.Shards;
import io.millrace.learner.group.SoleProcess;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exchange by NCCL, with tensors of the device. One GPU carries a group of one, through the same
 * calls; two ranks want two GPUs.
 */
@Tag("gpu")
@Timeout(300)
class NcclCollectivesTest {
  private static final int SHARDS = 4;

  @TempDir Path folder;

  @BeforeAll
  static void requireNccl() {
    Native.prepare();
    assumeTrue(torch.cuda_is_available(), "no CUDA device answers (build with -Pcuda)");
    String missing = NcclGroup.missing();
    assumeTrue(missing == null, missing);
  }

  @Test
  void autoComesToNcclOnAGpu() {
    try (Engine engine = gpu(0)) {
      assertThat(Groups.backend(engine, GroupBackend.AUTO)).isEqualTo(GroupBackend.NCCL);
      assertThat(Groups.backend(engine, GroupBackend.GLOO)).isEqualTo(GroupBackend.GLOO);
    }
  }

  @Test
  void aGroupOfOneExchangesOnTheDevice() {
    exchange(0, 1);
  }

  @Test
  void twoRanksHaveTheSumOfOneProcess() throws Exception {
    assumeTrue(torch.cuda_device_count() > 1, "one GPU: two ranks want one each");
    var other =
        CompletableFuture.runAsync(
            () -> {
              try {
                exchange(1, 2);
              } catch (AssertionError e) {
                throw new CompletionException(e);
              }
            });
    exchange(0, 2);
    other.get(120, TimeUnit.SECONDS);
  }

  /** What one rank sees of every kind of exchange. */
  private void exchange(int rank, int size) {
    var address =
        new GroupAddress(
            folder, "nccl", size, rank, size, Duration.ofSeconds(60), GroupBackend.NCCL);
    try (Engine engine = gpu(rank);
        Collectives group = TorchCollectives.join(((TorchEngine) engine).tensors(), address, true);
        Scope scope = engine.scope()) {
      assertThat(sum(engine, group)).isEqualTo(sum(engine, new SoleProcess()));
      long[] rows = {1, 2};
      Tensor own = engine.zeros(rank + 1, 2).fillIn(rank);
      float[] gathered = group.gather(own, size == 1 ? new long[] {1} : rows).toFloats();
      assertThat(gathered)
          .containsExactly(size == 1 ? new float[] {0, 0} : new float[] {0, 0, 1, 1, 1, 1});
      assertThat(group.broadcast(new byte[] {(byte) (7 + rank)})).containsExactly(7);
      List<byte[]> all = group.gather(new byte[rank]);
      assertThat(all).extracting(bytes -> bytes.length).isEqualTo(List.of(0, 1).subList(0, size));
      group.barrier();
      assertThat(group.nanos()).isPositive();
    }
  }

  private static float[] sum(Engine engine, Collectives group) {
    var shards = new Shards(SHARDS, group.size(), group.rank());
    var own = new ArrayList<Tensor>();
    for (int shard = shards.from(); shard < shards.to(); shard++) {
      var random = new Random(shard);
      float[] terms = new float[1001];
      for (int i = 0; i < terms.length; i++) {
        terms[i] = (random.nextFloat() - 0.5f) * (1 << random.nextInt(20));
      }
      own.add(engine.tensor(terms, 7, 11, 13));
    }
    Tensor sum = group.sum(shards, own);
    assertThat(sum.shape()).containsExactly(7, 11, 13);
    return sum.toFloats();
  }

  private static Engine gpu(int index) {
    return Engines.open("torch", new EngineOptions("cuda:" + index, Precision.FLOAT32, false, 0));
  }
}
