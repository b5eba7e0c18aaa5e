package io.millrace.ops.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.compare.Budget;
import io.millrace.learner.compare.ComparisonSettings;
import io.millrace.learner.compare.MethodComparison;
import io.millrace.learner.compare.MethodResult;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.evaluate.ShuffledImages;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.testing.SegmentTensors;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A learner that begins from good weights keeps what they know while its heads are fresh. */
class StartedLearnerTest {
  private static final int BATCH = 64;
  private static final int START_UPDATES = 100;
  private static final int FURTHER_UPDATES = 40;

  /** Two standard errors with 1,200 queries at 30 %; processors round differently. */
  private static final double NOISE = 2.6;

  @TempDir Path folder;

  @Test
  void knnDoesNotFallBelowTheStart() throws IOException {
    Path weights = folder.resolve("start.safetensors");
    MethodResult start = learned(START_UPDATES, weights, List.of("method=vicreg"));
    assertThat(start.trained().knn()).as("it learned").isGreaterThan(start.untrained().knn() + 5);

    List<String> begun =
        List.of(
            "method=byol",
            "model.backbone.weights=" + weights,
            "model.backbone.frozenUpdates=20",
            "model.backbone.rateFactor=0.1");
    MethodResult further = learned(FURTHER_UPDATES, null, begun);
    assertThat(further.untrained().knn())
        .as("it begins where the other ended")
        .isEqualTo(start.trained().knn());
    assertThat(further.trained().knn()).isGreaterThanOrEqualTo(start.trained().knn() - NOISE);
  }

  private static MethodResult learned(int updates, @Nullable Path keep, List<String> settings)
      throws IOException {
    var all = new ArrayList<>(settings);
    all.addAll(
        List.of(
            "model.backbone.width=0.125",
            "learner.batchSize=" + BATCH,
            "engine.precision=float32",
            "learner.probe.bank=1500",
            "learner.probe.queries=1200"));
    MillraceConfig config = ConfigReader.over(PackagedConfig.demoConfig(), all);
    try (ImageSource source = Sources.open(Sources.SYNTHETIC, config.synthetic());
        var decoder = new ImageDecoder(config.decode());
        Engine engine = Engines.open(config.engine().name(), config.engine().options())) {
      int maxSide = config.learner().replay().maxSide();
      ProbeImages labeled =
          HeldOut.probe(source, config.acceptImages(decoder), config.learner().probe(), maxSide);
      LoadedImages images =
          LoadedImages.draw(
              source.stream(), config.acceptImages(decoder), 3200, maxSide, 1, n -> {});
      Method method = config.newMethod();
      return new MethodComparison(
              engine,
              new EvalView(config.preprocessing()),
              new ShuffledImages(images.images(), 1),
              labeled,
              new ComparisonSettings(
                  Budget.ofImages((long) updates * BATCH),
                  BATCH,
                  config.learner().probe().k(),
                  new LinearProbeSettings(2, 64, 0.1, 0),
                  config.learner().monitor(),
                  1),
              Clock.systemUTC(),
              at -> {},
              () -> {})
          .run(keep == null ? method : new Kept(method, updates, keep));
    }
  }

  /** A method whose student is written to a file after its last update. */
  private static final class Kept implements Method {
    private final Method method;
    private final Path file;
    private int left;

    Kept(Method method, int updates, Path file) {
      this.method = method;
      this.left = updates;
      this.file = file;
    }

    @Override
    public String name() {
      return method.name();
    }

    @Override
    public MethodState initialize(Engine engine) {
      return method.initialize(engine);
    }

    @Override
    public String representation() {
      return method.representation();
    }

    @Override
    public String servedLayer() {
      return method.servedLayer();
    }

    @Override
    public StepReport step(ImageBatch batch, MethodState state) {
      StepReport report = method.step(batch, state);
      left--;
      if (left == 0) {
        write(state.network("student"));
      }
      return report;
    }

    private void write(Network student) {
      Map<String, HostTensor> tensors =
          SegmentTensors.of(student.layout().parameters(), student.parameters().toDoubles());
      tensors.putAll(
          SegmentTensors.of(student.layout().statistics(), student.statistics().toDoubles()));
      try (var out = Files.newOutputStream(file)) {
        new SafeTensors(Map.of(), tensors).writeTo(out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
