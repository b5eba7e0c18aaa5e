package io.millrace.ops.node;

import io.millrace.ops.dashboard.Status;
import io.millrace.ops.terminal.NumberText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A status in one line, what matters most first. */
public final class StatusLine {
  private StatusLine() {}

  /** The line's parts in the order in which a narrow terminal keeps them. */
  public static List<String> of(Status status) {
    List<String> parts = new ArrayList<>();
    parts.add(phase(status));
    if (!status.releases().isEmpty()) {
      parts.add("release " + status.releases().get(0).version());
    }
    Status.Learner learner = status.learner();
    Status.Stream stream = status.stream();
    if (learner != null) {
      Double knn = learner.monitors().get(NodeStatus.KNN_TRAINED);
      if (knn != null) {
        parts.add(String.format(Locale.ROOT, "kNN %.1f %%", knn));
      }
      parts.add(NumberText.of(learner.imagesPerSecond()) + " images/s");
      parts.add("step " + NumberText.count(learner.steps()));
      parts.add("loss " + (learner.steps() == 0 ? NumberText.NONE : NumberText.of(learner.loss())));
    } else if (stream != null) {
      parts.add(NumberText.of(stream.acceptedPerSecond()) + " images/s accepted");
      parts.add("lag " + NumberText.count(stream.ingestLag()));
    }
    Status.Serving serving = status.serving();
    if (serving != null) {
      parts.add("embedded " + NumberText.count(serving.embeddings()));
    }
    if (learner != null) {
      Long lag = learner.lag();
      parts.add("lag " + (lag == null ? NumberText.NONE : NumberText.count(lag)));
      Double std = learner.monitors().get("featureStd");
      parts.add("std " + (std == null ? NumberText.NONE : NumberText.of(std)));
    }
    return parts;
  }

  private static String phase(Status status) {
    Instant end = status.endsAt();
    if (end == null || status.phase().equals("done")) {
      return status.phase();
    }
    String left = left(Duration.between(status.at(), end));
    return status.phase().equals("running") ? left : status.phase() + ", at most " + left;
  }

  private static String left(Duration left) {
    return NumberText.time(Math.max(0, left.toSeconds())) + " left";
  }
}
