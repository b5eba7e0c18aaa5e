package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.loop.ReplayMix;
import io.millrace.learner.loop.StreamImage;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.replay.ReplayBuffer;
import io.millrace.learner.replay.ReplayEntry;
import io.millrace.learner.replay.ReplaySettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a replay policy that looks at features costs. */
@Command(
    name = "replay",
    description = "Updates with a full minimum-redundancy buffer against a full FIFO.")
final class ReplayBench extends Benchmark {
  private static final int SIDE = 32;

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Timed rounds (default ${DEFAULT-VALUE}).")
  int rounds;

  @Option(
      names = "--images",
      defaultValue = "10000",
      description = "Images in the buffer (default ${DEFAULT-VALUE}).")
  int images;

  @Override
  Result measure() throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    rows.add(compared(0.125, 32));
    rows.add(compared(0.25, 64));
    return new Result(
        "replay",
        "BYOL, ResNet-18 at 32×32: one update on a fresh batch and one from replay, with what the"
            + " full buffer does about them; minimum redundancy ÷ FIFO, under 1 is faster",
        rows);
  }

  private Map<String, Object> compared(double width, int batch) throws Exception {
    var model = ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(width));
    Method method = Methods.create("byol", model);
    try (Engine engine =
            Engines.open("torch", new EngineOptions("cpu", Precision.FLOAT32, true, 1));
        MethodState state = method.initialize(engine)) {
      Learner fifo = new Learner(ReplaySettings.Policy.FIFO, method, state, batch);
      Learner redundancy =
          new Learner(ReplaySettings.Policy.MINIMUM_REDUNDANCY, method, state, batch);
      Rounds.Pair pair = Rounds.pair(2, rounds, fifo::turn, redundancy::turn);
      return row(
          "width",
          width,
          "batch",
          batch,
          "buffer",
          images,
          "FIFO, ms per update",
          500 * pair.a(),
          "minimum redundancy, ms per update",
          500 * pair.b(),
          "ratio",
          pair.bOverA(),
          "lowest",
          pair.low(),
          "highest",
          pair.high());
    }
  }

  private static PixelImage image(String purpose, long number) {
    KeyedRandom random = KeyedRandom.of(1, purpose, number, 0);
    byte[] rgb = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) random.nextInt(256);
    }
    return new PixelImage(SIDE, SIDE, rgb);
  }

  /** One method and state behind a buffer that is full from the start. */
  private final class Learner {
    private final Method method;
    private final MethodState state;
    private final int batch;
    private final ReplayMix mix;
    private final List<PixelImage> fresh = new ArrayList<>();
    private long step;

    Learner(ReplaySettings.Policy policy, Method method, MethodState state, int batch) {
      this.method = method;
      this.state = state;
      this.batch = batch;
      Network representation = state.network(method.representation());
      int dim = OutputFeatures.of(representation.spec());
      var kept = new ArrayList<ReplayEntry>();
      for (int i = 0; i < images; i++) {
        KeyedRandom random = KeyedRandom.of(1, "feature", i, 0);
        float[] feature = new float[dim];
        double square = 0;
        for (int k = 0; k < dim; k++) {
          feature[k] = (float) random.nextGaussian();
          square += feature[k] * feature[k];
        }
        for (int k = 0; k < dim; k++) {
          feature[k] /= (float) Math.sqrt(square);
        }
        kept.add(new ReplayEntry("kept-" + i, image("kept", i), i, 1, feature));
      }
      for (int i = 0; i < batch; i++) {
        fresh.add(image("fresh", i));
      }
      ReplaySettings settings = new ReplaySettings(policy, images, 1024, SIDE);
      this.mix =
          new ReplayMix(
              ReplayBuffer.restore(settings, 1, kept, images),
              batch,
              state.engine(),
              new EvalView(Preprocessing.defaults()),
              () -> representation);
    }

    void turn() {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < batch; i++) {
        ids.add("fresh-" + step + "-" + i);
      }
      List<StreamImage> images = StreamImage.ofPixels(IdentifiedImage.zip(ids, fresh));
      mix.fresh(images, step++, true, this::update);
      mix.replayed(step++, false, this::update);
      state.engine().synchronize();
    }

    private StepReport update(List<IdentifiedImage> all, int fresh) {
      return method.step(new ImageBatch(step, all), state);
    }
  }
}
