package io.millrace.ops.cli;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
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

  /** Publishes the one of a step, with its weights in the folder. */
  static ReleaseManifest publish(ReleaseLog log, String name, Path folder, long step)
      throws IOException {
    var model =
        new ModelSettings(
            1, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16));
    Method byol = Methods.create("byol", model);
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        MethodState state = byol.initialize(engine)) {
      return new ReleasePublisher(log, folder, DurableFiles.real(), Clock.systemUTC())
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
                  model.preprocessing(),
                  FeedPosition.start(),
                  step,
                  100,
                  Map.of(),
                  Map.of("seed", "1")));
    }
  }
}
