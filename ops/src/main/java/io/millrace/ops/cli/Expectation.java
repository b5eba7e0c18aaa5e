package io.millrace.ops.cli;

import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.terminal.NumberText;
import java.util.Locale;

/** What a learner's first updates tell of the time that its first release will take here. */
final class Expectation {
  /** The first one also warms caches and the JVM up. */
  static final long MEASURED_UPDATES = 4;

  /** A first release later than this looks like none at all. */
  private static final double LONG_SECONDS = 15 * 60;

  private Expectation() {}

  /**
   * In words.
   *
   * @param perSecond updates a second
   * @param step updates made so far
   * @param released whether the model has a release already
   */
  static String of(MillraceConfig config, double perSecond, long step, boolean released) {
    var backbone = config.model().backbone();
    String text =
        String.format(
            Locale.ROOT,
            "this machine makes %s updates/s of %s at width %s with batches of %d",
            NumberText.of(perSecond),
            backbone.architecture(),
            backbone.width(),
            config.learner().batchSize());
    if (released) {
      return text;
    }
    int warmUp = Math.max(1, config.learner().release().warmUpSteps());
    double seconds = Math.max(0, warmUp - step) / perSecond;
    text +=
        String.format(
            Locale.ROOT,
            ": the first release comes after %d updates, in about %s",
            warmUp,
            seconds < 90 ? Math.round(seconds) + " s" : Math.round(seconds / 60) + " min");
    MillraceConfig demo = PackagedConfig.demoConfig();
    boolean smaller = demo.model().backbone().width() < backbone.width();
    return seconds > LONG_SECONDS && smaller
        ? text
            + String.format(
                Locale.ROOT,
                "; the demo's network fits a laptop: --set model.backbone.width=%s"
                    + " --set learner.batchSize=%d ('millrace config --demo' has all of it)",
                demo.model().backbone().width(),
                demo.learner().batchSize())
        : text;
  }
}
