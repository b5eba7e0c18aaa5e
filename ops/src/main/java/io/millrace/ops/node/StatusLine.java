package io.millrace.ops.node;

import io.millrace.ops.dashboard.Status;
import io.millrace.ops.terminal.NumberText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A status in one line. */
public final class StatusLine {
  private StatusLine() {}

  public static String of(Status status) {
    List<String> parts = new ArrayList<>();
    Status.Learner learner = status.learner();
    Status.Stream stream = status.stream();
    if (learner != null) {
      parts.add(NumberText.of(learner.imagesPerSecond()) + " images/s");
      Long lag = learner.lag();
      parts.add("lag " + (lag == null ? NumberText.NONE : NumberText.count(lag)));
      parts.add("step " + NumberText.count(learner.steps()));
      parts.add("loss " + (learner.steps() == 0 ? NumberText.NONE : NumberText.of(learner.loss())));
      Double std = learner.monitors().get("featureStd");
      parts.add("std " + (std == null ? NumberText.NONE : NumberText.of(std)));
      Double knn = learner.monitors().get(NodeStatus.KNN_TRAINED);
      if (knn != null) {
        parts.add(String.format(Locale.ROOT, "kNN %.1f %%", knn));
      }
    } else if (stream != null) {
      parts.add(NumberText.of(stream.acceptedPerSecond()) + " images/s accepted");
      parts.add("lag " + NumberText.count(stream.ingestLag()));
    }
    if (!status.releases().isEmpty()) {
      parts.add("release " + status.releases().get(0).version());
    }
    Status.Serving serving = status.serving();
    if (serving != null) {
      parts.add("embedded " + NumberText.count(serving.embeddings()));
    }
    if (status.endsAt() != null && status.phase().equals("running")) {
      parts.add(left(Duration.between(status.at(), status.endsAt())));
    } else {
      parts.add(status.phase());
    }
    return String.join(" · ", parts);
  }

  private static String left(Duration left) {
    return NumberText.time(Math.max(0, left.toSeconds())) + " left";
  }
}
