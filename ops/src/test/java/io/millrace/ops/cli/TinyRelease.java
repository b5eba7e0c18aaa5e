package io.millrace.ops.cli;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.ServedNetwork;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A release of a narrow network of 16 pixels, which commands read from its manifest file. */
final class TinyRelease {
  /** Settings under which commands compute with the same network. */
  static final List<String> SETTINGS =
      List.of(
          "--set", "model.preprocessing.size=16",
          "--set", "model.backbone.width=0.125",
          "--set", "engine.threads=1",
          "--set", "engine.precision=float32",
          "--set", "learner.batchSize=32",
          "--set", "synthetic.side=16",
          "--set", "synthetic.heldOut=200");

  private static final ModelSettings MODEL =
      new ModelSettings(
          1, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16));

  private TinyRelease() {}

  /**
   * Writes it.
   *
   * @return the manifest file
   */
  static Path write(Path folder) throws IOException {
    ReleaseManifest written = publish(new MemoryReleaseLog(), "tiny", folder, 10);
    return Files.write(folder.resolve("tiny.json"), written.toJson());
  }

  /**
   * Writes one that serves a stage beside the output, of a network that has learned nothing.
   *
   * @return the manifest file
   */
  static Path writeOfTwoStages(Path folder) throws IOException {
    Method byol = Methods.create("byol", MODEL.withRepresentation("layer3+output"));
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        MethodState state = byol.initialize(engine);
        var served = new ServedNetwork(byol, state)) {
      var draft =
          new ReleaseDraft(
              "stages",
              "byol",
              served.name(),
              OutputFeatures.of(served.now().spec()),
              served.networks(),
              Set.of(),
              served.release(),
              engine.info(),
              MODEL.preprocessing(),
              FeedPosition.start(),
              0,
              0,
              Map.of(),
              Map.of("seed", "1", ServedNetwork.WHOLE, byol.representation()));
      ReleaseManifest written = publisher(new MemoryReleaseLog(), folder).publish(draft);
      return Files.write(folder.resolve("stages.json"), written.toJson());
    }
  }

  private static ReleasePublisher publisher(ReleaseLog log, Path folder) {
    return new ReleasePublisher(log, folder, DurableFiles.real(), Clock.systemUTC());
  }

  /** Publishes the one of a step, with its weights in the folder. */
  static ReleaseManifest publish(ReleaseLog log, String name, Path folder, long step)
      throws IOException {
    Method byol = Methods.create("byol", MODEL);
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        MethodState state = byol.initialize(engine)) {
      return publisher(log, folder)
          .publish(
              new ReleaseDraft(
                  name,
                  "byol",
                  "student",
                  64,
                  Map.of("student", state.network("student").spec()),
                  Set.of(),
                  state.snapshot(),
                  engine.info(),
                  MODEL.preprocessing(),
                  FeedPosition.start(),
                  step,
                  100,
                  Map.of(),
                  Map.of("seed", "1")));
    }
  }
}
