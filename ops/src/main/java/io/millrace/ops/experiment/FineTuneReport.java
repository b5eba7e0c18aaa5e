package io.millrace.ops.experiment;

import io.millrace.learner.evaluate.Accuracy;
import io.millrace.learner.evaluate.TrainingOutcome;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * What fine-tuning came to, as {@code finetune.json} holds it.
 *
 * @param release the release, {@code model@version}
 * @param data labeled images
 * @param trainImages training images there are, with and without labels
 * @param testImages held-out images asked about
 * @param classes class names
 * @param freeze whether the head alone was trained
 * @param auxiliary method of the auxiliary loss; null without one
 * @param weight λ of the auxiliary loss
 * @param engine what computed it
 * @param runs every training
 * @param model the written model, {@code model@version}; null before it is written
 */
public record FineTuneReport(
    String release,
    String data,
    int trainImages,
    int testImages,
    List<String> classes,
    boolean freeze,
    @Nullable String auxiliary,
    double weight,
    EngineInfo engine,
    List<Run> runs,
    @Nullable String model) {

  /** What a training starts from. */
  enum Start {
    SCRATCH,
    RELEASE
  }

  /**
   * One training.
   *
   * @param fraction share of the labels
   * @param labels labeled images
   * @param withAuxiliary whether the auxiliary loss was beside the task's
   * @param accuracy on the held-out images, percent
   */
  record Run(
      double fraction,
      int labels,
      long seed,
      Start start,
      boolean withAuxiliary,
      Accuracy accuracy,
      TrainingOutcome training) {}

  /** Writes it as JSON. */
  void write(Path file) throws IOException {
    Files.writeString(file, Json.pretty(this));
  }

  /** Accuracies by share of the labels, mean and deviation over seeds. */
  public TextTable table() {
    List<String> head = new ArrayList<>(List.of("labels", "images"));
    kinds().forEach(kind -> head.add(kind.title(this)));
    var table = new TextTable(head.toArray(String[]::new));
    for (double fraction : fractions()) {
      List<String> row = new ArrayList<>();
      row.add(share(fraction));
      row.add(
          Integer.toString(
              runs.stream()
                  .filter(r -> r.fraction() == fraction)
                  .findFirst()
                  .orElseThrow()
                  .labels()));
      for (Kind kind : kinds()) {
        row.add(metric(accuracies(fraction, kind)));
      }
      table.row(row.toArray(String[]::new));
    }
    for (double fraction : fractions()) {
      runs.stream()
          .filter(r -> r.fraction() == fraction && r.withAuxiliary())
          .forEach(r -> table.note(joint(r)));
    }
    String written = model;
    if (written != null) {
      table.note("model: " + written);
    }
    return table;
  }

  /** As one chart. */
  List<Plot.Panel> panels() {
    List<Plot.Series> series = new ArrayList<>();
    for (Kind kind : kinds()) {
      series.add(
          new Plot.Series(
              kind.title(this),
              fractions().stream()
                  .map(f -> DoubleStream.of(accuracies(f, kind)).average().orElse(Double.NaN))
                  .toList()));
    }
    return List.of(
        new Plot.Panel(
            "fine-tuning of " + release,
            "accuracy, %",
            fractions().stream().map(f -> share(f) + " of labels").toList(),
            series));
  }

  private record Kind(Start start, boolean withAuxiliary) {
    String title(FineTuneReport report) {
      String from = start == Start.RELEASE ? "from release" : "from scratch";
      return withAuxiliary
          ? from + " + " + NumberText.of(report.weight) + " " + report.auxiliary
          : from;
    }
  }

  private List<Kind> kinds() {
    return runs.stream().map(r -> new Kind(r.start(), r.withAuxiliary())).distinct().toList();
  }

  private List<Double> fractions() {
    return runs.stream().map(Run::fraction).distinct().toList();
  }

  private double[] accuracies(double fraction, Kind kind) {
    return runs.stream()
        .filter(
            r ->
                r.fraction() == fraction
                    && r.start() == kind.start()
                    && r.withAuxiliary() == kind.withAuxiliary())
        .mapToDouble(r -> r.accuracy().top1())
        .toArray();
  }

  private static String metric(double[] values) {
    double mean = DoubleStream.of(values).average().orElse(Double.NaN);
    if (values.length < 2) {
      return String.format(Locale.ROOT, "%.1f %%", mean);
    }
    double squares = DoubleStream.of(values).map(v -> (v - mean) * (v - mean)).sum();
    return String.format(
        Locale.ROOT, "%.1f ± %.1f %%", mean, Math.sqrt(squares / (values.length - 1)));
  }

  /** Both losses from the first to the last point of the log, and the mean cosine. */
  private String joint(Run run) {
    List<TrainingOutcome.Point> log = run.training().log();
    TrainingOutcome.Point first = log.get(0);
    TrainingOutcome.Point last = log.get(log.size() - 1);
    double cosine =
        log.stream()
            .map(TrainingOutcome.Point::cosine)
            .filter(Objects::nonNull)
            .mapToDouble(Double::doubleValue)
            .filter(Double::isFinite)
            .average()
            .orElse(Double.NaN);
    return String.format(
        Locale.ROOT,
        "%s of labels, %s, seed %d: task loss %s → %s, %s loss %s → %s, gradients' cosine %.3f",
        share(run.fraction()),
        run.start() == Start.RELEASE ? "from release" : "from scratch",
        run.seed(),
        NumberText.of(first.taskLoss()),
        NumberText.of(last.taskLoss()),
        auxiliary,
        number(first.auxiliaryLoss()),
        number(last.auxiliaryLoss()),
        cosine);
  }

  private static String number(@Nullable Double value) {
    return value == null ? NumberText.NONE : NumberText.of(value);
  }

  private static String share(double fraction) {
    double percent = 100 * fraction;
    return (percent == Math.rint(percent)
            ? String.format(Locale.ROOT, "%.0f", percent)
            : String.format(Locale.ROOT, "%.3g", percent))
        + " %";
  }
}
