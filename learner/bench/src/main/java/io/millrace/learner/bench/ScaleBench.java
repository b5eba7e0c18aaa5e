package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.learner.bench.ScaleProcess.Measured;
import io.millrace.learner.bench.ScaleProcess.Setup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What several processes bring to one model, and what exchanging costs. */
@Command(
    name = "scale",
    description = "One model learned by several processes: speed, collectives, a simulated curve.")
final class ScaleBench extends Benchmark {
  /** Width of the demo's ResNet-18. */
  private static final double DEMO = 0.125;

  private static final int LARGEST = 256;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Timed steps of each group (default ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--repeats",
      defaultValue = "3",
      description = "Groups of each kind, in turns; medians (default ${DEFAULT-VALUE}).")
  int repeats;

  @Option(
      names = "--batch",
      defaultValue = "128",
      description = "Images of an update, of all shards (default ${DEFAULT-VALUE}).")
  int batch;

  @Option(
      names = "--width",
      defaultValue = "1.0",
      description = "Width of the large ResNet-18 (default ${DEFAULT-VALUE}).")
  double width;

  @Option(
      names = "--kills",
      defaultValue = "10",
      description = {
        "Times that one of two learner processes is killed (default ${DEFAULT-VALUE};",
        "0 leaves it out)."
      })
  int kills;

  @Override
  Result measure() throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    rows.add(
        against(
            "2 processes × 1 thread ÷ 1 process × 2 threads",
            new Setup(1, 2, 1, batch, width, rounds),
            new Setup(2, 1, 2, batch, width, rounds)));
    rows.add(
        against(
            "4 shards ÷ 1, one process",
            new Setup(1, 2, 1, batch, width, rounds),
            new Setup(1, 2, 4, batch, width, rounds)));
    for (double of : List.of(DEMO, width)) {
      for (int processes : List.of(2, 4)) {
        rows.add(share(new Setup(processes, 1, processes, batch, of, rounds)));
      }
    }
    rows.addAll(simulated());
    if (kills > 0) {
      rows.add(recovery());
    }
    return new Result(
        "scale",
        "BYOL with ResNet-18 at 32×32, float32, gloo over loopback, "
            + Runtime.getRuntime().availableProcessors()
            + " processors. The curve is simulated: a step is the measured computation of one rank"
            + " with one thread (its batch stays the same, the global batch grows) plus a"
            + " reduce-scatter and an all-gather of 11.2 million floats, 2 (n − 1) / n of the"
            + " vector at the measured bandwidth and 2 ⌈log₂ n⌉ times the measured latency;"
            + " assumed: a core and a full-duplex link like this one for each rank, no straggler,"
            + " no overlap of computing and exchanging, gathering of outputs not counted."
            + " Recovery: two learner processes with the demo's network and the default"
            + " learner.group.timeout (30 s), of which the leader and the other are killed in"
            + " turns",
        rows);
  }

  private Map<String, Object> against(String what, Setup before, Setup after) throws Exception {
    double[] a = new double[repeats];
    double[] b = new double[repeats];
    double[] ratios = new double[repeats];
    double[] shares = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      Measured first = ScaleProcess.run(before);
      Measured second = ScaleProcess.run(after);
      a[i] = before.batch() / first.step();
      b[i] = after.batch() / second.step();
      ratios[i] = b[i] / a[i];
      shares[i] = second.collectives() / second.step();
    }
    return named(
        what, after.width(), after.processes(), b, Rounds.median(a), ratios, Rounds.median(shares));
  }

  private Map<String, Object> share(Setup setup) throws Exception {
    double[] speeds = new double[repeats];
    double[] shares = new double[repeats];
    for (int i = 0; i < repeats; i++) {
      Measured measured = ScaleProcess.run(setup);
      speeds[i] = setup.batch() / measured.step();
      shares[i] = measured.collectives() / measured.step();
    }
    return named(
        "share of a step in collectives, waiting for others included",
        setup.width(),
        setup.processes(),
        speeds,
        null,
        null,
        Rounds.median(shares));
  }

  /** Step time over 1 to 256 ranks, by what two ranks were measured to need. */
  private List<Map<String, Object>> simulated() throws Exception {
    int each = Math.max(2, batch / 2);
    Measured alone = ScaleProcess.run(new Setup(1, 1, 1, each, width, rounds));
    Measured two = ScaleProcess.run(new Setup(2, 1, 2, 2 * each, width, rounds));
    double small = two.sums().get(0);
    double large = two.sums().get(1);
    int floats = ScaleProcess.SUMS.get(1);
    double perFloat = Math.max(0, large - small) / (floats - ScaleProcess.SUMS.get(0));
    double latency = Math.max(0, small - perFloat * ScaleProcess.SUMS.get(0)) / 2;
    var rows = new ArrayList<Map<String, Object>>();
    for (int n = 1; n <= LARGEST; n *= 2) {
      int hops = 2 * (32 - Integer.numberOfLeadingZeros(n - 1));
      // Two ranks exchange one vector's worth: 2 (n − 1) / n is 1 there.
      double exchange = n == 1 ? 0 : perFloat * floats * 2 * (n - 1) / n + hops * latency;
      double step = alone.step() + exchange;
      double speed = n * each / step;
      rows.add(
          named(
              "simulated, ÷ linear",
              width,
              n,
              new double[] {speed},
              n * each / alone.step(),
              new double[] {alone.step() / step},
              exchange / step));
    }
    return rows;
  }

  /** Seconds from a SIGKILL to the next update: the median and its range. */
  private Map<String, Object> recovery() throws Exception {
    double[] seconds = ScaleRecovery.seconds(kills);
    Map<String, Object> row =
        named("SIGKILL to the next update", DEMO, 2, null, null, seconds, null);
    row.put("seconds", row.put("ratio", null));
    return row;
  }

  private static Map<String, Object> named(
      String what,
      double width,
      int processes,
      double @Nullable [] speeds,
      @Nullable Double against,
      double @Nullable [] ratios,
      @Nullable Double share) {
    double[] sorted = ratios == null ? null : ratios.clone();
    if (sorted != null) {
      Arrays.sort(sorted);
    }
    return row(
        "what",
        what,
        "width",
        width,
        "processes",
        processes,
        "images/s",
        speeds == null ? null : Rounds.median(speeds),
        "against, images/s",
        against,
        "ratio",
        sorted == null ? null : Rounds.median(sorted),
        "lowest",
        sorted == null ? null : sorted[0],
        "highest",
        sorted == null ? null : sorted[sorted.length - 1],
        "share in collectives",
        share,
        "seconds",
        null);
  }
}
