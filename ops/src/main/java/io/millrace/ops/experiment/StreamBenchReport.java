package io.millrace.ops.experiment;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.stream.ProtocolSettings;
import io.millrace.learner.stream.StreamMetrics;
import io.millrace.learner.stream.StreamPoint;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.experiment.StreamBenchPlan.Arm;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A stream benchmark, as {@code streambench.json} holds it.
 *
 * @param images what was learned from
 * @param protocol name of the protocol
 * @param settings of the protocol
 * @param sourceImages images in memory that streams were made of
 * @param classes classes of the held-out images; 0 without labels
 * @param bank labeled images that kNN searches and the linear probe is trained on
 * @param queries labeled images asked about
 * @param time longest time of learning of a run; null for no limit
 * @param streamBatch images consumed at a time
 * @param batchSize images of a full update
 * @param updatesPerBatch updates for each batch of the stream
 * @param replay limits of replay; the policy is each arm's own
 * @param variants what the arms of these names have otherwise, as KEY=VALUE
 * @param backbone the network
 * @param engine what computed it
 * @param pixels probes of raw pixels; null without labels
 * @param arms ways of learning, each with its runs
 */
public record StreamBenchReport(
    String images,
    String protocol,
    ProtocolSettings settings,
    int sourceImages,
    int classes,
    int bank,
    int queries,
    @Nullable String time,
    int streamBatch,
    int batchSize,
    int updatesPerBatch,
    ReplaySettings replay,
    Map<String, List<String>> variants,
    String backbone,
    EngineInfo engine,
    @Nullable ProbeMetrics pixels,
    List<ArmRuns> arms) {

  /**
   * One run.
   *
   * @param error why there are no metrics; null where there are
   * @param metrics null where it failed
   */
  record Run(
      long seed, @Nullable String error, @JsonProperty("figures") @Nullable StreamMetrics metrics) {
    /** One line for people. */
    String text() {
      StreamMetrics f = metrics;
      if (f == null) {
        return "failed: " + error;
      }
      StreamPoint last = f.points().get(f.points().size() - 1);
      return String.format(
          Locale.ROOT,
          "%,d images, %,d updates, kNN %s %%, linear %s %%",
          last.images(),
          last.updates(),
          NumberText.percent(f.finalKnn()),
          NumberText.percent(f.finalLinear()));
    }
  }

  /** A way of learning with a run for each seed. */
  record ArmRuns(Arm arm, List<Run> runs) {
    /** Metrics of the runs that have them, over seeds. */
    MeanStd spread(ToDoubleFunction<StreamMetrics> metric) {
      return MeanStd.of(metrics().stream().mapToDouble(metric).toArray());
    }

    List<StreamMetrics> metrics() {
      var out = new ArrayList<StreamMetrics>();
      for (Run run : runs) {
        StreamMetrics f = run.metrics();
        if (f != null) {
          out.add(f);
        }
      }
      return out;
    }
  }

  /** Whether a run has no metrics. */
  public boolean failed() {
    return arms.stream().flatMap(arm -> arm.runs().stream()).anyMatch(run -> run.error() != null);
  }

  /** Writes it as JSON. */
  void write(Path file) throws IOException {
    Files.writeString(
        file,
        Json.mapper().writer().with(SerializationFeature.INDENT_OUTPUT).writeValueAsString(this)
            + "\n",
        StandardCharsets.UTF_8);
  }

  /**
   * kNN's rise over the untrained network as a share of the rise on the same images shuffled, by
   * the same method, seed by seed; of no runs where there is no such arm, or nothing rose there.
   */
  MeanStd shareOfShuffled(ArmRuns arm) {
    var shares = new ArrayList<Double>();
    for (ArmRuns other : arms) {
      if (!other.arm().shuffled() || !other.arm().method().equals(arm.arm().method())) {
        continue;
      }
      for (Run run : arm.runs()) {
        for (Run match : other.runs()) {
          StreamMetrics mine = run.metrics();
          StreamMetrics theirs = match.metrics();
          if (run.seed() == match.seed()
              && mine != null
              && theirs != null
              && theirs.knnRise() > 0) {
            shares.add(mine.knnRise() / theirs.knnRise());
          }
        }
      }
    }
    return MeanStd.of(shares.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** A table for people; ± is the deviation between seeds. */
  public TextTable table() {
    var table =
        new TextTable(
            "method, policy",
            "kNN %",
            "mean kNN",
            "linear %",
            "mean linear",
            "forgetting",
            "backward",
            "images/s",
            "seconds",
            "std",
            "RankMe",
            "÷ shuffled");
    ProbeMetrics raw = pixels;
    if (raw != null) {
      table.row(
          "raw pixels", one(raw.knn()), "", one(raw.linear()), "", "", "", "", "", "", "", "");
    }
    for (ArmRuns arm : arms) {
      List<StreamMetrics> metrics = arm.metrics();
      if (arm == arms.get(0) && !metrics.isEmpty()) {
        untrained(table, arm);
      }
      MeanStd share = arm.arm().shuffled() ? MeanStd.of() : shareOfShuffled(arm);
      table.row(
          arm.arm().toString(),
          arm.spread(StreamMetrics::finalKnn).text(),
          arm.spread(StreamMetrics::averageKnn).text(),
          arm.spread(StreamMetrics::finalLinear).text(),
          arm.spread(StreamMetrics::averageLinear).text(),
          arm.spread(StreamMetrics::forgetting).text(),
          arm.spread(StreamMetrics::backwardTransfer).text(),
          NumberText.of(arm.spread(StreamMetrics::imagesPerSecond).mean()),
          NumberText.of(arm.spread(StreamBenchReport::seconds).mean()),
          NumberText.of(arm.spread(f -> last(f, "featureStd")).mean()),
          NumberText.of(arm.spread(f -> last(f, "rankMe")).mean()),
          share.runs() == 0 ? "" : share.ratio());
      for (Run run : arm.runs()) {
        if (run.error() != null) {
          table.note(arm.arm() + ", seed " + run.seed() + ": " + run.error());
        }
      }
    }
    variants.forEach((name, settings) -> table.note(name + ": " + String.join(", ", settings)));
    if (arms.stream().anyMatch(arm -> arm.arm().shuffled())) {
      table.note(
          "÷ shuffled: rise of kNN over the untrained network, as a share of the rise on the same"
              + " images shuffled; [lower 95 % bound]");
    }
    return table;
  }

  private static void untrained(TextTable table, ArmRuns arm) {
    table.row(
        "untrained (" + arm.arm().method() + ")",
        arm.spread(f -> f.finalKnn() - f.knnRise()).text(),
        "",
        arm.spread(StreamBenchReport::untrainedLinear).text(),
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "");
  }

  private static double untrainedLinear(StreamMetrics metrics) {
    ProbeMetrics probes = metrics.points().get(0).probes();
    return probes == null ? Double.NaN : probes.linear();
  }

  /** Time of learning. */
  private static double seconds(StreamMetrics metrics) {
    return metrics.points().get(metrics.points().size() - 1).seconds();
  }

  private static double last(StreamMetrics metrics, String monitor) {
    return metrics
        .points()
        .get(metrics.points().size() - 1)
        .monitors()
        .getOrDefault(monitor, Double.NaN);
  }

  private static String one(double value) {
    return NumberText.percent(value);
  }
}
