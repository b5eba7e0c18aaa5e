package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether any request of any route brings an error of ours, no answer, or memory that grows. */
@Command(
    name = "fuzz",
    description = "Good and damaged HTTP requests of every route, on the loopback address.")
final class FuzzBench extends Benchmark {
  private static final int QUARTERS = 4;

  @Option(
      names = "--requests",
      defaultValue = "100000",
      description = "Requests at most (default ${DEFAULT-VALUE}).")
  long requests = 100_000;

  @Option(
      names = "--minutes",
      defaultValue = "30",
      description = "Minutes at most (default ${DEFAULT-VALUE}).")
  int minutes = 30;

  @Option(
      names = "--threads",
      defaultValue = "4",
      description = "Clients at once, at most 8 (default ${DEFAULT-VALUE}).")
  int threads = 4;

  @Option(names = "--seed", defaultValue = "1", description = "Seed (default ${DEFAULT-VALUE}).")
  long seed = 1;

  /**
   * What came of it.
   *
   * @param counts answers by status
   * @param failed errors of ours and requests without an answer
   * @param failures a few of them
   * @param heapMebibytes live heap after each quarter
   */
  record Outcome(
      Map<String, Long> counts, long failed, List<String> failures, List<Double> heapMebibytes) {
    long requests() {
      return counts.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  @Override
  Result measure() throws Exception {
    Outcome outcome = run(requests, minutes, Math.min(8, Math.max(1, threads)), seed);
    outcome.failures().forEach(System.out::println);
    return new Result(
        "fuzz",
        "Requests of every route, by seed " + seed + ": answers by status, live heap by quarter",
        List.of(
            row(
                "requests",
                outcome.requests(),
                "errors of ours or no answer",
                outcome.failed(),
                "by status",
                outcome.counts(),
                "MiB of heap",
                outcome.heapMebibytes())));
  }

  /** Sends so many, in so many minutes at most. */
  static Outcome run(long requests, int minutes, int threads, long seed) throws Exception {
    Path folder = Files.createTempDirectory("millrace-fuzz-");
    long end = System.nanoTime() + minutes * 60_000_000_000L;
    var fuzzes = new ArrayList<HttpFuzz>();
    var heap = new ArrayList<Double>();
    try (var server = new FuzzServer(folder)) {
      for (int i = 0; i < threads; i++) {
        fuzzes.add(new HttpFuzz(server.port(), server.token(), server.routes(), seed + i));
      }
      for (int quarter = 1; quarter <= QUARTERS; quarter++) {
        var left = new AtomicLong(requests / QUARTERS);
        var all = new ArrayList<Thread>();
        for (HttpFuzz fuzz : fuzzes) {
          var thread =
              new Thread(
                  () -> {
                    while (left.getAndDecrement() > 0 && System.nanoTime() < end) {
                      fuzz.next();
                    }
                  },
                  "fuzz");
          all.add(thread);
          thread.start();
        }
        for (Thread thread : all) {
          thread.join();
        }
        heap.add(liveHeapMebibytes());
      }
    } finally {
      delete(folder);
    }
    var counts = new TreeMap<String, Long>();
    var failures = new ArrayList<String>();
    long failed = 0;
    for (HttpFuzz fuzz : fuzzes) {
      fuzz.counts().forEach((status, count) -> counts.merge(status, count, Long::sum));
      failures.addAll(fuzz.failures());
      failed += fuzz.failed();
    }
    return new Outcome(counts, failed, failures, heap);
  }

  private static double liveHeapMebibytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / (double) (1 << 20);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
