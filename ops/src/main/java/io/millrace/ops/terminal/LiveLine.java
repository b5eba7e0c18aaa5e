package io.millrace.ops.terminal;

import io.millrace.ops.cli.Summary;
import io.millrace.ops.dashboard.Status;
import io.millrace.ops.node.NodeStatus;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Progress on the terminal: one line that is written over each second, or where nobody watches a
 * plain line now and then.
 */
final class LiveLine {
  private static final int PLAIN_EVERY_SECONDS = 10;

  private final PrintStream out;
  private final boolean terminal;
  private final int columns;
  private int drawn;
  private long ticks;

  LiveLine(PrintStream out, boolean terminal, int columns) {
    this.out = out;
    this.terminal = terminal;
    this.columns = columns;
  }

  /** On stderr, live where it is a terminal. */
  static LiveLine onStderr() {
    boolean terminal = System.console() != null && !"dumb".equals(System.getenv("TERM"));
    String columns = System.getenv().getOrDefault("COLUMNS", "");
    return new LiveLine(
        System.err, terminal, columns.matches("\\d{2,4}") ? Integer.parseInt(columns) : 120);
  }

  /** Shows a status; to be called each second. */
  void show(Status status) {
    show(line(status));
  }

  /** Shows any line. */
  void show(String line) {
    if (terminal) {
      String cut = line.length() < columns ? line : line.substring(0, columns - 1);
      out.print("\r" + cut + " ".repeat(Math.max(0, drawn - cut.length())));
      out.flush();
      drawn = cut.length();
    } else if (ticks++ % PLAIN_EVERY_SECONDS == 0) {
      out.println(line);
    }
  }

  /** Says something that stays. */
  void say(String text) {
    end();
    out.println(text);
  }

  /** Leaves the live line as it is and begins a new one. */
  void end() {
    if (drawn > 0) {
      out.println();
      drawn = 0;
    }
  }

  static String line(Status status) {
    List<String> parts = new ArrayList<>();
    Status.Learner learner = status.learner();
    Status.Stream stream = status.stream();
    if (learner != null) {
      parts.add(Summary.number(learner.imagesPerSecond()) + " images/s");
      Long lag = learner.lag();
      parts.add("lag " + (lag == null ? "–" : String.format(Locale.ROOT, "%,d", lag)));
      parts.add("step " + String.format(Locale.ROOT, "%,d", learner.steps()));
      parts.add("loss " + (learner.steps() == 0 ? "–" : Summary.number(learner.loss())));
      Double std = learner.monitors().get("featureStd");
      parts.add("std " + (std == null ? "–" : Summary.number(std)));
      Double knn = learner.monitors().get(NodeStatus.KNN_TRAINED);
      if (knn != null) {
        parts.add(String.format(Locale.ROOT, "kNN %.1f %%", knn));
      }
    } else if (stream != null) {
      parts.add(Summary.number(stream.acceptedPerSecond()) + " images/s accepted");
      parts.add("lag " + String.format(Locale.ROOT, "%,d", stream.ingestLag()));
    }
    if (!status.releases().isEmpty()) {
      parts.add("release " + status.releases().get(0).version());
    }
    Status.Serving serving = status.serving();
    if (serving != null) {
      parts.add("embedded " + String.format(Locale.ROOT, "%,d", serving.embeddings()));
    }
    if (status.endsAt() != null && status.phase().equals("running")) {
      parts.add(left(Duration.between(status.at(), status.endsAt())));
    } else {
      parts.add(status.phase());
    }
    return String.join(" · ", parts);
  }

  private static String left(Duration left) {
    long seconds = Math.max(0, left.toSeconds());
    return String.format(Locale.ROOT, "%d:%02d left", seconds / 60, seconds % 60);
  }
}
