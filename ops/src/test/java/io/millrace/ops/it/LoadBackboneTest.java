package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.export.ExportFormat;
import io.millrace.learner.export.ExportedNetwork;
import io.millrace.learner.export.NetworkExport;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ManifestFiles;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Tensor;
import io.millrace.testing.Examples;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** examples/load_backbone.py builds the network that a file holds, from the file alone. */
class LoadBackboneTest {
  private static final int SIDE = 32;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "resnet18, small, 0.125, torchvision",
    "resnet18, large, 0.25, torchvision",
    "resnet34, small, 0.125, torchvision",
    "resnet50, large, 0.125, torchvision",
    "vit-tiny, small, 0.25, timm",
  })
  void torchComputesTheSameFeatures(String architecture, String stem, double width, String library)
      throws Exception {
    String python = Examples.pythonWith("torch, " + library);
    assumeTrue(!python.isEmpty(), "skipped: no python3 with torch and " + library + " here");
    ReleaseManifest manifest = release(new BackboneSettings(architecture, stem, width, 4, 2));
    Path exported = folder.resolve("exported.safetensors");
    try (OutputStream out = Files.newOutputStream(exported)) {
      NetworkExport.write(
          ExportFormat.SAFETENSORS, ExportedNetwork.of(manifest, new ReleaseReader(folder)), out);
    }
    float[] ours = features(manifest);
    for (Path file : List.of(folder.resolve(manifest.weights()), exported)) {
      JsonNode said =
          new ObjectMapper()
              .readTree(
                  Examples.run(
                      folder,
                      python,
                      Examples.folder().resolve("load_backbone.py").toString(),
                      file.toString()));
      assertThat(said.path("features")).hasSize(ours.length);
      for (int i = 0; i < ours.length; i++) {
        assertThat(said.path("features").get(i).floatValue())
            .as("feature %d of %s", i, file)
            .isCloseTo(ours[i], within(1e-4f * (1 + Math.abs(ours[i]))));
      }
    }
  }

  @Test
  void theManifestLiesBesideTheWeights() throws Exception {
    ReleaseManifest manifest =
        release(BackboneSettings.defaults().withArchitecture("resnet18").withWidth(0.125));
    assertThat(folder.resolve("tiny@1.json")).exists();
    assertThat(ManifestFiles.read(folder, "tiny")).containsExactly(manifest);
    assertThat(ManifestFiles.read(folder, "other")).isEmpty();
  }

  /** Of the picture that the program shows: a ramp from 0 to 1. */
  private float[] features(ReleaseManifest manifest) throws Exception {
    float[] ramp = new float[3 * SIDE * SIDE];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i / (float) (ramp.length - 1);
    }
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        LoadedRelease loaded = new ReleaseReader(folder).load(manifest, engine);
        var scope = engine.scope()) {
      assertThat(scope).isNotNull();
      try (Activations activations =
          loaded.network().forward(engine.tensor(ramp, 1, 3, SIDE, SIDE), Mode.EVAL)) {
        Tensor out = activations.output();
        return (out.shape().length == 4 ? out.mean(false, 2, 3) : out).toFloats();
      }
    }
  }

  private ReleaseManifest release(BackboneSettings backbone) throws Exception {
    var model = new ModelSettings(1, backbone, Preprocessing.defaults().withSize(SIDE));
    Method byol = Methods.create("byol", model);
    try (Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        MethodState state = byol.initialize(engine)) {
      return new ReleasePublisher(
              new MemoryReleaseLog(), folder, DurableFiles.real(), Clock.systemUTC())
          .publish(
              new ReleaseDraft(
                  "tiny",
                  "byol",
                  "student",
                  backbone.featureDimension(),
                  Map.of("student", state.network("student").spec()),
                  Set.of(),
                  state.snapshot(),
                  engine.info(),
                  model.preprocessing(),
                  FeedPosition.start(),
                  10,
                  100,
                  Map.of(),
                  Map.of(
                      MethodConfig.KEY,
                      new MethodConfig("byol", model, Methods.defaults("byol")).toJson())));
    }
  }
}
