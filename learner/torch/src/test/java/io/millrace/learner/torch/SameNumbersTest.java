package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.group.SoleProcess;
import io.millrace.learner.method.ShardedRun;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One model of 4 shards, learned by 1, 2 and 4 processes that exchange by gloo: the state after 20
 * updates is the same, bit for bit, whoever computed which shard, and whoever made the checkpoint
 * that a run went on from.
 */
class SameNumbersTest {
  @TempDir static Path folder;

  private static Map<String, String> one;
  private static Map<String, String> two;
  private static Map<String, String> four;

  @BeforeAll
  static void learn() throws IOException, InterruptedException {
    two = group(2, 0);
    four = group(4, 2);
    try (Engine engine = ShardedRun.engine()) {
      one = parsed(ShardedRun.run(engine, new SoleProcess(), folder, 4));
    }
  }

  /** Hashes of a group's runs; every rank must have the same. */
  private static Map<String, String> group(int size, int resumeFrom)
      throws IOException, InterruptedException {
    List<Process> processes = ShardedRun.start(folder, size, resumeFrom);
    try {
      for (int rank = 0; rank < size; rank++) {
        assertThat(processes.get(rank).waitFor(180, TimeUnit.SECONDS))
            .as("rank %d of %d ends", rank, size)
            .isTrue();
        assertThat(processes.get(rank).exitValue())
            .as("rank %d of %d: %s", rank, size, ShardedRun.log(folder, size, rank))
            .isZero();
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    Map<String, String> first = hashes(size, 0);
    for (int rank = 1; rank < size; rank++) {
      assertThat(hashes(size, rank)).as("rank %d of %d", rank, size).isEqualTo(first);
    }
    return first;
  }

  private static Map<String, String> hashes(int size, int rank) throws IOException {
    return parsed(Files.readAllLines(folder.resolve("hashes-" + size + "-" + rank)));
  }

  private static Map<String, String> parsed(List<String> lines) {
    var out = new TreeMap<String, String>();
    for (String line : lines) {
      int space = line.lastIndexOf(' ');
      out.put(line.substring(0, space), line.substring(space + 1));
    }
    return out;
  }

  @Test
  void everyMethodHasTheSameStateWithOneTwoAndFourProcesses() {
    for (String method : Methods.names()) {
      assertThat(two.get(method)).as(method + ", 2 processes").isEqualTo(one.get(method));
      assertThat(four.get(method)).as(method + ", 4 processes").isEqualTo(one.get(method));
    }
    assertThat(one.keySet()).containsAll(Methods.names());
    assertThat(Methods.names().stream().map(one::get).distinct())
        .as("states of different methods")
        .hasSize(Methods.names().size());
  }

  @Test
  void aRestartWithAnotherNumberOfProcessesChangesNothing() {
    for (String method : Methods.names()) {
      assertThat(four.get(ShardedRun.RESUMED + method))
          .as(method + ", 4 processes from the state of 2")
          .isEqualTo(one.get(method));
      assertThat(one.get(ShardedRun.RESUMED + method))
          .as(method + ", 1 process from the state of 4")
          .isEqualTo(one.get(method));
    }
  }

  @Test
  void anotherImageOnOneRankShows() {
    for (String method : List.of("byol", "obow")) {
      assertThat(two.get(ShardedRun.PLANTED + method)).isNotEqualTo(one.get(method));
      assertThat(four.get(ShardedRun.PLANTED + method)).isNotEqualTo(one.get(method));
      // Rank 1 has other images in either group: so had they been the same, it would show here.
      assertThat(two.get(ShardedRun.PLANTED + method))
          .isNotEqualTo(four.get(ShardedRun.PLANTED + method));
    }
  }
}
