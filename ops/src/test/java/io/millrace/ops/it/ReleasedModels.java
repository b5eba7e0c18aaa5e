package io.millrace.ops.it;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Small real models, as a learner would release them. */
public final class ReleasedModels {
  static final int SIDE = 16;
  static final String MODEL = "model";

  private ReleasedModels() {}

  static ModelSettings settings() {
    return new ModelSettings(
        3, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(SIDE));
  }

  /** Learns one step by a method and releases what came of it. */
  public static ReleaseManifest release(String name, Engine engine, ReleaseLog log, Path folder)
      throws IOException {
    Method method = Methods.create(name, settings());
    try (MethodState state = method.initialize(engine)) {
      method.step(
          new ImageBatch(0, IdentifiedImage.zip(List.of("a", "b", "c", "d"), images(4))), state);
      var networks = new TreeMap<String, NetworkSpec>();
      state.networks().forEach((key, network) -> networks.put(key, network.spec()));
      String recipe = new MethodConfig(name, settings(), Methods.defaults(name)).toJson();
      return new ReleasePublisher(log, folder, DurableFiles.real(), Clock.systemUTC())
          .publish(
              new ReleaseDraft(
                  MODEL,
                  name,
                  method.representation(),
                  OutputFeatures.of(state.network(method.representation()).spec()),
                  networks,
                  method.releasedTensors(),
                  state.snapshot(),
                  engine.info(),
                  settings().preprocessing(),
                  FeedPosition.start(),
                  log.releases(MODEL).size() + 1,
                  4,
                  Map.of(),
                  Map.of(MethodConfig.KEY, recipe)));
    }
  }

  static List<PixelImage> images(int n) {
    var out = new ArrayList<PixelImage>();
    for (int i = 0; i < n; i++) {
      byte[] rgb = new byte[3 * SIDE * SIDE];
      new Random(i).nextBytes(rgb);
      out.add(new PixelImage(SIDE, SIDE, rgb));
    }
    return out;
  }
}
