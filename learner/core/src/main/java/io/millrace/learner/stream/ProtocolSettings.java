package io.millrace.learner.stream;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** What protocols ask for; each looks at its own. */
public record ProtocolSettings(
    @Doc("tasks of split") @Range(min = 1) int tasks,
    @Doc("frames that the correlated protocol cuts from one still image")
        @Range(min = 1, max = 10_000)
        int clipFrames,
    @Doc("how far drift's class mix sways: at 1 classes vanish") @Range(min = 0, max = 1)
        double driftStrength,
    @Doc(
            "in drift, how many times more images the largest class has than the smallest; "
                + "1 for as they are")
        @Range(min = 1, max = 1e6)
        double imbalance) {
  public ProtocolSettings {
    Allowed.check(ProtocolSettings.class, tasks, clipFrames, driftStrength, imbalance);
  }

  /** 5 tasks, clips of 16 frames, drift at full strength, classes as they are. */
  public static ProtocolSettings defaults() {
    return new ProtocolSettings(5, 16, 1, 1);
  }
}
