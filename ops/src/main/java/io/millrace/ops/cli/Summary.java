package io.millrace.ops.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.experiment.ProbeAccuracies;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a demo did, as {@code --summary} writes it. Counts of images, updates, losses and skill are
 * of the model's and the stream's whole life, so a demo that goes on in a data folder goes on
 * counting; rates, embeddings, releases, checkpoints and memory are of this process.
 *
 * @param published images put on images.raw
 * @param accepted images on images.accepted
 * @param rejected count by reason
 * @param counters what the learner counted, each under its own name
 * @param steps updates
 * @param imagesPerSecond images learned from, replayed ones included, per second of learning
 * @param lossFirst mean of the first 20 updates; null before the first
 * @param lossLast mean of the last 20 updates
 * @param skill 1 − loss ÷ chance-level loss, over the same updates
 * @param monitors newest metric by name
 * @param knn null without labels
 * @param embeddings embeddings published
 * @param releases releases published
 * @param checkpoints checkpoints saved
 * @param peakResidentBytes most memory the process ever held; null where the system does not say
 * @param engine engine's name
 * @param device {@code cpu} or {@code cuda:N}
 * @param precision arithmetic
 * @param seed seed of everything drawn
 */
record Summary(
    long published,
    long accepted,
    Map<String, Long> rejected,
    @JsonUnwrapped TrainingCounters counters,
    long steps,
    double imagesPerSecond,
    double lossFirst,
    double lossLast,
    Skill skill,
    Map<String, Double> monitors,
    @Nullable ProbeAccuracies knn,
    long embeddings,
    long releases,
    long checkpoints,
    @Nullable Long peakResidentBytes,
    String engine,
    String device,
    String precision,
    long seed) {
  Summary {
    rejected = new TreeMap<>(rejected);
    monitors = new TreeMap<>(monitors);
  }

  /** First and last. */
  record Skill(double first, double last) {}

  /** Writes it as JSON. */
  void write(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(file, Json.pretty(this));
  }

  /** A table for people. */
  String table() {
    TextTable table = TextTable.withoutHead("  ");
    table.row("published", NumberText.count(published));
    table.row("accepted", NumberText.count(accepted));
    long refused = rejected.values().stream().mapToLong(Long::longValue).sum();
    table.row("rejected", refused == 0 ? "0" : NumberText.count(refused) + "  " + reasons());
    table.row(
        "applied",
        NumberText.count(counters.applied())
            + (counters.duplicates() > 0
                ? "  (" + NumberText.count(counters.duplicates()) + " duplicates skipped)"
                : ""));
    table.row(
        "steps", NumberText.count(steps) + "  at " + NumberText.of(imagesPerSecond) + " images/s");
    table.row("loss", NumberText.of(lossFirst) + " → " + NumberText.of(lossLast));
    table.row("skill", NumberText.of(skill.first()) + " → " + NumberText.of(skill.last()));
    ProbeAccuracies k = knn;
    if (k != null) {
      table.row(
          "kNN",
          String.format(
              Locale.ROOT,
              "%.1f %% trained, %.1f %% untrained, %.1f %% raw pixels",
              k.trained(),
              k.untrained(),
              k.raw()));
    }
    monitors.forEach((name, value) -> table.row(name, NumberText.of(value)));
    table.row("embeddings", NumberText.count(embeddings));
    table.row("releases", NumberText.count(releases));
    table.row("checkpoints", NumberText.count(checkpoints));
    Long peak = peakResidentBytes;
    if (peak != null) {
      table.row("peak memory", String.format(Locale.ROOT, "%.2f GiB", peak / (double) (1L << 30)));
    }
    table.row("engine", engine + ", " + device + ", " + precision + ", seed " + seed);
    return table.toString();
  }

  private String reasons() {
    var out = new ArrayList<String>();
    rejected.forEach((reason, images) -> out.add(reason + " " + images));
    return String.join(", ", out);
  }
}
