package io.millrace.ops.dashboard;

import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.ops.health.CheckResult;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A made-up run, with names that would run as script if the page let them. */
final class SampleStatus {
  static final String NASTY = "<img src=x onerror=\"window.hacked=1\">";

  /** Turns the direction of what follows, hides a character, and does not end. */
  static final String LONG_AND_TURNED = "\u202egpj.exe\u200b" + "x".repeat(4000);

  private SampleStatus() {}

  static Status empty(Instant at) {
    return new Status(
        at,
        at,
        "starting",
        null,
        List.of("ingest", "learner", "serving"),
        null,
        null,
        null,
        List.of(),
        List.of());
  }

  static Status at(Instant start, int second) {
    double wave = Math.sin(second / 9.0) + Math.cos(second / 3.7);
    var releases = new ArrayList<Status.Release>();
    for (int v = 1; v <= second / 150; v++) {
      releases.add(
          0,
          new Status.Release(
              Integer.toString(v),
              v * 700L,
              start.plusSeconds(v * 150L),
              "passed",
              Map.of("featureStd", 0.043, "knn", 41.2, "gradientNorm", 0.7)));
    }
    return new Status(
        start.plusSeconds(second),
        start,
        "running",
        Instant.now().plusSeconds(75),
        List.of("ingest", "learner", "serving"),
        new Status.Stream(
            second * 120L,
            null,
            second * 119L,
            Map.of("CORRUPT", 3L, "UNSUPPORTED_FORMAT", 21L),
            Map.of("file:" + NASTY, 24L),
            120 + 10 * wave,
            (long) (40 + 20 * wave)),
        new Status.Learner(
            "LEARNING",
            "byol",
            "torch",
            "cpu",
            "float32",
            second * 8L,
            new TrainingCounters(second * 110L, 12, 0, 0, 0, 0, 0, 0),
            (long) (900 + 100 * wave),
            230 + 14 * wave,
            4 * Math.exp(-second / 200.0) + .5 + .05 * wave,
            1 - Math.exp(-second / 200.0),
            .03,
            .99,
            Map.of(
                "featureStd",
                .04 + .002 * wave,
                "windowFeatureStd",
                .05 + .002 * wave,
                "gradientNorm",
                .7 + .1 * wave,
                "replaySize",
                4000.0,
                "knn",
                30 + second / 60.0,
                "knnUntrained",
                27.0,
                "knnRaw",
                29.0),
            4000,
            9,
            Map.of(),
            group()),
        new Status.Serving(
            second > 150 ? "2" : null,
            second * 90L,
            90,
            12L,
            "3",
            .25,
            second > 150 ? "2" : null,
            second * 60L),
        releases,
        List.of(
            CheckResult.pass("broker", "1 node answers"),
            CheckResult.fail("serving", "no release yet")));
  }

  /** Two processes, of which the other leads and is slower. */
  private static Status.Group group() {
    String other = "learner-1" + NASTY;
    return new Status.Group(
        "learner-0",
        "working",
        "works",
        6,
        5,
        1,
        2,
        other,
        other,
        3,
        List.of(
            new Status.Member("learner-0", "host", 1, "working", 70, 30),
            new Status.Member(other, "host", 0, "working", 90, 10)));
  }

  static BufferedImage picture(int n) {
    var image = new BufferedImage(48, 32, BufferedImage.TYPE_INT_RGB);
    var graphics = image.createGraphics();
    graphics.setColor(Color.getHSBColor(n * 0.13f, 0.5f, 0.9f));
    graphics.fillRect(0, 0, 48, 32);
    graphics.setColor(Color.getHSBColor(n * 0.29f, 0.9f, 0.5f));
    graphics.fillOval(8 + n % 12, 6, 20, 16);
    graphics.dispose();
    return image;
  }
}
