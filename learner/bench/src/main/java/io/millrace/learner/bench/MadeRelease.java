package io.millrace.learner.bench;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.method.registry.Methods;
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
import java.util.Map;
import java.util.TreeMap;

/** Releases whose weights are as they were initialized. */
final class MadeRelease {
  static final String METHOD = "byol";

  private MadeRelease() {}

  /**
   * Publishes a candidate.
   *
   * @param settings of the method {@link #METHOD}
   * @param number seed of its weights and its step
   */
  static ReleaseManifest publish(
      String name,
      ReleaseLog log,
      Path folder,
      Engine engine,
      ModelSettings model,
      Record settings,
      Preprocessing preprocessing,
      long number)
      throws IOException {
    ModelSettings seeded = model.withSeed(number);
    Method method = Methods.create(METHOD, seeded, Map.of(METHOD, settings));
    try (MethodState state = method.initialize(engine)) {
      var networks = new TreeMap<String, NetworkSpec>();
      state.networks().forEach((part, network) -> networks.put(part, network.spec()));
      return new ReleasePublisher(log, folder, DurableFiles.real(), Clock.systemUTC())
          .publish(
              new ReleaseDraft(
                  name,
                  METHOD,
                  method.representation(),
                  OutputFeatures.of(state.network(method.representation()).spec()),
                  networks,
                  method.releasedTensors(),
                  state.snapshot(),
                  engine.info(),
                  preprocessing,
                  FeedPosition.start(),
                  number,
                  0,
                  Map.of(),
                  Map.of(MethodConfig.KEY, new MethodConfig(METHOD, model, settings).toJson())));
    }
  }
}
