package io.millrace.ops.cli;

import io.millrace.ops.dashboard.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
 * @param duplicates accepted images that the feed skipped because their bytes came lately
 * @param applied distinct stream images the learner took in
 * @param steps updates
 * @param imagesPerSecond images learned from, replayed ones included, per second of learning
 * @param lossFirst mean of the first 20 updates; null before the first
 * @param lossLast mean of the last 20 updates
 * @param skill 1 − loss ÷ loss of an uninformed prediction, over the same updates
 * @param monitors newest figure by name
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
    long duplicates,
    long applied,
    long steps,
    double imagesPerSecond,
    double lossFirst,
    double lossLast,
    Skill skill,
    Map<String, Double> monitors,
    @Nullable Knn knn,
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

  /** Accuracy in percent on one probe. */
  record Knn(double raw, double untrained, double trained) {}

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
    List<String[]> rows = new ArrayList<>();
    row(rows, "published", count(published));
    row(rows, "accepted", count(accepted));
    long refused = rejected.values().stream().mapToLong(Long::longValue).sum();
    row(rows, "rejected", refused == 0 ? "0" : count(refused) + "  " + reasons());
    row(
        rows,
        "applied",
        count(applied)
            + (duplicates > 0 ? "  (" + count(duplicates) + " duplicates skipped)" : ""));
    row(rows, "steps", count(steps) + "  at " + number(imagesPerSecond) + " images/s");
    row(rows, "loss", number(lossFirst) + " → " + number(lossLast));
    row(rows, "skill", number(skill.first()) + " → " + number(skill.last()));
    Knn k = knn;
    if (k != null) {
      row(
          rows,
          "kNN",
          String.format(
              Locale.ROOT,
              "%.1f %% trained, %.1f %% untrained, %.1f %% raw pixels",
              k.trained(),
              k.untrained(),
              k.raw()));
    }
    monitors.forEach((name, value) -> row(rows, name, number(value)));
    row(rows, "embeddings", count(embeddings));
    row(rows, "releases", count(releases));
    row(rows, "checkpoints", count(checkpoints));
    Long peak = peakResidentBytes;
    if (peak != null) {
      row(rows, "peak memory", String.format(Locale.ROOT, "%.2f GiB", peak / (double) (1L << 30)));
    }
    row(rows, "engine", engine + ", " + device + ", " + precision + ", seed " + seed);
    int width = rows.stream().mapToInt(r -> r[0].length()).max().orElse(0);
    var out = new StringBuilder();
    rows.forEach(
        r ->
            out.append("  ")
                .append(r[0])
                .append(" ".repeat(width + 2 - r[0].length()))
                .append(r[1])
                .append('\n'));
    return out.toString();
  }

  private String reasons() {
    var out = new ArrayList<String>();
    rejected.forEach((reason, images) -> out.add(reason + " " + images));
    return String.join(", ", out);
  }

  private static void row(List<String[]> rows, String name, String value) {
    rows.add(new String[] {name, value});
  }

  private static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  /** Four significant digits, without exponents where they can be avoided. */
  static String number(double x) {
    if (!Double.isFinite(x)) {
      return "–";
    }
    double size = Math.abs(x);
    if (size >= 1000) {
      return String.format(Locale.ROOT, "%,.0f", x);
    }
    if (size >= 100) {
      return String.format(Locale.ROOT, "%.0f", x);
    }
    if (size >= 10) {
      return String.format(Locale.ROOT, "%.1f", x);
    }
    return size >= 0.001 || size == 0
        ? String.format(Locale.ROOT, "%.3f", x)
        : String.format(Locale.ROOT, "%.1e", x);
  }
}
