package io.millrace.learner.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.evaluate.FrozenProbe;
import io.millrace.learner.evaluate.LabeledImages;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.testing.ScopedContract;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A stream from its first image to its last, on an engine. */
public abstract class StreamRunContract extends ScopedContract {
  private static final Preprocessing PREPROCESSING = Preprocessing.defaults().withSize(16);
  private static final Method BYOL =
      Methods.create(
          "byol",
          new ModelSettings(1, BackboneSettings.defaults().withWidth(0.125), PREPROCESSING));
  private static final ReplaySettings REPLAY =
      new ReplaySettings(ReplaySettings.Policy.MINIMUM_REDUNDANCY, 8, 1, 16);

  private static List<PixelImage> images(int from, int n) {
    var out = new ArrayList<PixelImage>();
    for (int i = from; i < from + n; i++) {
      byte[] rgb = new byte[16 * 16 * 3];
      new Random(i).nextBytes(rgb);
      out.add(new PixelImage(16, 16, rgb));
    }
    return out;
  }

  private static StreamSource source() {
    var ids = new ArrayList<String>();
    var labels = new ArrayList<Integer>();
    for (int i = 0; i < 15; i++) {
      ids.add("image-" + i);
      labels.add(i % 3);
    }
    return new StreamSource(
        StoredImage.of(IdentifiedImage.zip(ids, images(0, 15))), labels, 3, false);
  }

  private StreamMetrics run(@Nullable ReplaySettings replay, @Nullable Duration time) {
    return run(BYOL, replay, time);
  }

  private StreamMetrics run(
      Method method, @Nullable ReplaySettings replay, @Nullable Duration time) {
    var labeled = LabeledImages.ofPixels(images(100, 9), List.of(0, 1, 2, 0, 1, 2, 0, 1, 2));
    var view = new EvalView(PREPROCESSING);
    var settings = new ProtocolSettings(3, 1, 1, 1);
    var probe =
        new FrozenProbe(
            engine,
            view,
            new ProbeImages(labeled, labeled),
            1,
            new LinearProbeSettings(2, 4, 0.1, 0),
            1,
            () -> {});
    var run =
        new StreamRun(
            engine,
            view,
            probe,
            Protocol.tasks(3, 3, 1),
            new StreamRunSettings(2, 4, 2, replay, 1, time, new MonitorSettings(0, 4, 4)),
            new Ticking(),
            StreamListener.NONE);
    return run.of(method, source(), Protocol.SPLIT.plan(source(), settings, 1), 1, 1);
  }

  @Test
  void aStreamOfTasksIsMeasuredAtEachEnd() {
    StreamMetrics got = run(REPLAY, null);
    assertThat(got.points())
        .extracting(StreamPoint::images)
        .as("untrained, then after 5 images of each task")
        .containsExactly(0L, 5L, 10L, 15L);
    assertThat(got.points())
        .extracting(StreamPoint::updates)
        .as("three batches of a task, two updates each; none from an empty replay before")
        .containsExactly(0L, 6L, 12L, 18L);
    assertThat(got.taskPoints()).containsExactly(1, 2, 3);
    assertThat(got.forgetting()).as("the bank is asked about itself").isZero();
    assertThat(got.backwardTransfer()).isZero();
    assertThat(got.finalKnn()).isEqualTo(100);
    assertThat(got.knnRise()).isZero();
    assertThat(got.imagesPerSecond()).as("a second for each batch").isEqualTo(15.0 / 9);
    StreamPoint last = got.points().get(3);
    assertThat(last.knnByTask()).containsExactly(100.0, 100.0, 100.0);
    assertThat(last.monitors())
        .containsEntry("replaySize", 8.0)
        .as("five of the stream, in six updates of four images")
        .containsEntry("replayFreshShare", 5.0 / 24)
        .containsKeys("rankMe", "featureStd", "gradientNorm", "replaySimilarity");
    assertThat(last.loss()).isFinite();
    StreamMetrics again = run(REPLAY, null);
    assertThat(again).as("the same stream again").isEqualTo(got);
  }

  @Test
  void anUpdateOfNoNumberIsLeftOutAndManyInARowEndTheStream() {
    StreamMetrics got = run(failing(4, 5), REPLAY, null);
    assertThat(got.points()).extracting(StreamPoint::updates).containsExactly(0L, 6L, 12L, 18L);
    assertThat(got.points().get(3).monitors()).containsEntry("skippedUpdates", 2.0);
    assertThatThrownBy(() -> run(failing(4, 999), REPLAY, null))
        .isInstanceOf(NonFiniteUpdateException.class)
        .hasMessage("the loss is NaN");
  }

  /** BYOL, but for updates that come to nothing. */
  private static Method failing(long from, long to) {
    return new Method() {
      @Override
      public String name() {
        return BYOL.name();
      }

      @Override
      public MethodState initialize(Engine engine) {
        return BYOL.initialize(engine);
      }

      @Override
      public StepReport step(ImageBatch batch, MethodState state) {
        if (batch.step() >= from && batch.step() <= to) {
          throw new NonFiniteUpdateException("the loss", Double.NaN);
        }
        return BYOL.step(batch, state);
      }

      @Override
      public String representation() {
        return BYOL.representation();
      }
    };
  }

  @Test
  void withoutReplayNoImageIsAlone() {
    StreamMetrics got = run(null, null);
    assertThat(got.points())
        .extracting(StreamPoint::updates)
        .as("a task's five images are two and three")
        .containsExactly(0L, 4L, 8L, 12L);
    assertThat(got.points().get(3).monitors()).doesNotContainKey("replaySize");
    assertThat(got.points().get(3).loss()).isNotEqualTo(run(REPLAY, null).points().get(3).loss());
  }

  @Test
  void whenTimeIsUpTheStreamEnds() {
    StreamMetrics got = run(REPLAY, Duration.ofSeconds(4));
    assertThat(got.points())
        .extracting(StreamPoint::images)
        .as("three batches of the first task, one of the second")
        .containsExactly(0L, 5L, 7L);
    assertThat(got.taskPoints()).isEmpty();
    assertThat(got.forgetting()).isNaN();
  }

  @Test
  void whatCannotBeRunIsRefused() {
    var monitor = new MonitorSettings(0, 4, 4);
    assertThatThrownBy(() -> new StreamRunSettings(2, 16, 1, REPLAY, 1, null, monitor))
        .hasMessage("replay.images is 8: expected batchSize (16) or more");
    assertThatThrownBy(() -> new StreamRunSettings(5, 4, 1, null, 1, null, monitor))
        .hasMessage("streamBatch is 5: expected 1 to batchSize (4)");
    assertThatThrownBy(() -> new StreamRunSettings(1, 4, 1, null, 1, null, monitor))
        .hasMessage("streamBatch is 1: expected 2 or more without replay");
  }

  /** A second later whenever it is asked. */
  private static final class Ticking implements InstantSource {
    private long seconds;

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(seconds++);
    }
  }
}
