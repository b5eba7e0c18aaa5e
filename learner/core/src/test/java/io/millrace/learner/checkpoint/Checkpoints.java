package io.millrace.learner.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.feed.HashWindow;
import io.millrace.ingest.feed.PartitionPosition;
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplayEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Checkpoints for tests: every part of one differs from every part of another. */
final class Checkpoints {
  private Checkpoints() {}

  static PixelImage image(int number) {
    byte[] rgb = new byte[(4 + number % 3) * 4 * 3];
    java.util.Arrays.fill(rgb, (byte) number);
    rgb[0] = (byte) (number >> 8);
    return new PixelImage(4 + number % 3, 4, rgb);
  }

  static Checkpoint of(long epoch, long step) {
    var replay = new ArrayList<ReplayEntry>();
    for (int i = 0; i < 5; i++) {
      int order = (int) step + i;
      replay.add(
          new ReplayEntry(
              "i" + order, image(order), order, i, i == 2 ? new float[] {0.25f, step} : null));
    }
    return of(epoch, step, replay);
  }

  static Checkpoint of(long epoch, long step, List<ReplayEntry> replay) {
    var state =
        new StateSnapshot(
            Map.of(
                "student.parameters",
                HostTensor.vector(new float[] {step, epoch, 0.1f}),
                "vocabulary",
                new HostTensor(List.of(2L, 1L), new double[] {step / 3.0, -step})),
            Map.of("updates", step),
            Map.of("distance", step / 7.0));
    var progress =
        new LearnerProgress(
            step,
            2,
            new TrainingCounters(
                step * 10,
                3,
                1,
                0,
                4,
                step % 10 == 7 ? 3 : 0,
                step % 10 == 7 ? 5 : 0,
                step % 10 == 7 ? 2 : 0),
            step - 1,
            List.of(1.5, 1.25),
            List.of(1.0 / step),
            List.of(0.1),
            List.of(0.2),
            step % 10 == 7);
    var position =
        new FeedPosition(
            "cluster",
            "topic",
            Map.of(0, new PartitionPosition(step * 11, 3)),
            1,
            new HashWindow(new long[] {step, -1, Long.MAX_VALUE}));
    return new Checkpoint(
        new CheckpointName(epoch, step),
        Instant.parse("2026-01-02T03:04:05.678Z").plusSeconds(step),
        new Fingerprint(Map.of("model", "m", "method", "byol")),
        state,
        progress,
        position,
        replay,
        step + 100,
        List.of(new IdentifiedImage("first", image(1000))));
  }

  /** The same with another place in the log. */
  static Checkpoint movedTo(Checkpoint c, long offset) {
    FeedPosition p = c.position();
    var position =
        new FeedPosition(
            p.clusterId(),
            p.topicId(),
            Map.of(0, new PartitionPosition(offset, 3)),
            p.turn(),
            p.seen());
    return new Checkpoint(
        c.name(),
        c.savedAt(),
        c.fingerprint(),
        c.state(),
        c.progress(),
        position,
        c.replay(),
        c.offered(),
        c.reference());
  }

  static void assertSame(Checkpoint actual, Checkpoint expected) {
    assertThat(facts(actual)).isEqualTo(facts(expected));
  }

  /** Everything a checkpoint holds, in a form that compares. */
  private static Map<String, Object> facts(Checkpoint c) {
    var out = new TreeMap<String, Object>();
    out.put("name", c.name());
    out.put("savedAt", c.savedAt());
    out.put("fingerprint", c.fingerprint());
    out.put("counters", c.state().counters());
    out.put("scalars", c.state().scalars());
    out.put("progress", c.progress());
    out.put("position", c.position());
    out.put("offered", c.offered());
    c.state()
        .tensors()
        .forEach(
            (name, tensor) ->
                out.put(
                    "tensor " + name,
                    tensor.shape()
                        + java.util.Arrays.deepToString(new Object[] {tensor.values()})));
    out.put(
        "replay",
        c.replay().stream()
            .map(
                e ->
                    List.of(
                        e.id(),
                        e.order(),
                        e.visits(),
                        held(e.image()),
                        java.util.Arrays.toString(e.feature())))
            .toList());
    out.put("reference", c.reference().stream().map(r -> r.id() + pixels(r.image())).toList());
    return out;
  }

  private static String held(KeptImage kept) {
    return kept instanceof KeptImage.Encoded encoded
        ? "file " + java.util.Arrays.toString(encoded.file())
        : pixels(((KeptImage.Pixels) kept).image());
  }

  private static String pixels(PixelImage image) {
    return image.width() + "x" + image.height() + java.util.Arrays.toString(image.rgb());
  }
}
