package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.export.ExportFormat;
import io.millrace.learner.export.ExportedNetwork;
import io.millrace.learner.export.ModelFolder;
import io.millrace.learner.export.NetworkExport;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.Whitening;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Decoders;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Truncation;
import io.millrace.learner.tensor.VisionTransformers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A release's files say elsewhere what its network says here. */
class ExportTest {
  private static final int BATCH = 5;
  private static final double TOLERANCE = 1e-4;

  @TempDir Path dir;

  /** A released network: its file's content, and its features of {@link #images}. */
  private record Released(
      ReleaseManifest manifest, ExportedNetwork exported, NetworkSpec spec, float[] features) {}

  @Test
  void safetensorsLoadUnderTorchvisionsNames() throws IOException {
    Released r = release(ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32), 32);
    SafeTensors file = SafeTensors.read(safetensors(r));
    assertThat(file.metadata())
        .containsEntry("format", "pt")
        .containsEntry("millrace.release", "model@1")
        .containsEntry("preprocessing.size", "32")
        .containsEntry("preprocessing.mean", "[0.485, 0.456, 0.406]");
    try (var natives = new PointerScope()) {
      var direct = new DirectResNet18(8, 0.1, 0);
      direct.load(file.tensors());
      assertClose(direct.features(torch.tensor(images(32)).reshape(BATCH, 3, 32, 32)), r.features);
    }
  }

  @Test
  void safetensorsLoadUnderTimmsNames() throws IOException {
    Released r = release(VisionTransformers.spec("student", "vit-tiny", 0.25, 2, 4, 16), 16);
    SafeTensors file = SafeTensors.read(safetensors(r));
    try (var natives = new PointerScope()) {
      var direct = new DirectVisionTransformer(file.tensors(), 3, 2, 4);
      assertClose(direct.features(torch.tensor(images(16)).reshape(BATCH, 3, 16, 16)), r.features);
    }
  }

  /**
   * Positions for images of another size are resampled as libtorch's bicubic interpolation does.
   */
  @Test
  void imagesOfOtherSizesGetResampledPositions() throws IOException {
    NetworkSpec spec = VisionTransformers.spec("student", "vit-tiny", 0.25, 2, 4, 16);
    for (int size : new int[] {8, 24}) {
      Released r = release(spec, size);
      try (var natives = new PointerScope()) {
        var direct = new DirectVisionTransformer(r.exported.tensors(), 3, 2, 4);
        assertClose(
            direct.features(torch.tensor(images(size)).reshape(BATCH, 3, size, size)), r.features);
      }
    }
  }

  @Test
  void onnxRuntimeGivesTheSameFeatures() throws IOException, OrtException {
    for (NetworkSpec spec :
        List.of(
            ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32),
            ResNets.spec("student", "resnet50", ResNets.Stem.LARGE, 0.125, 64),
            VisionTransformers.spec("student", "vit-small", 0.125, 2, 4, 16),
            Decoders.discriminator("student", 16, 12, 16),
            whitened(ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32)),
            whitened(
                Truncation.of(
                    ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32),
                    "layer3" + Truncation.AND_OUTPUT,
                    "student")),
            everyOtherLayer())) {
      int size = spec.input().get(1);
      Released r = release(spec, size);
      float[] all = onnx(r, BATCH);
      assertClose(all, r.features);
      int one = all.length / BATCH;
      assertClose(onnx(r, 1), Arrays.copyOf(r.features, one));
    }
  }

  @Test
  void aFolderSaysWhatItHoldsAndHowToFeedIt() throws IOException {
    Released r = release(ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32), 32);
    Path folder = dir.resolve("hub");
    var model = new ModelFolder(r.manifest, r.exported, "apache-2.0");
    Path file = model.write(folder, ExportFormat.SAFETENSORS);
    assertThat(SafeTensors.read(file).tensors()).containsKey("conv1.weight");
    String config = Files.readString(folder.resolve("config.json"));
    assertThat(config.replaceAll("\\s+", ""))
        .contains(
            "\"weights\":\"model.safetensors\"",
            "\"hidden_size\":" + r.features.length / BATCH,
            "\"license\":\"apache-2.0\"",
            "\"image_mean\":[0.485,0.456,0.406]",
            "\"name\":\"conv1\"",
            "\"images\":15");
    assertThat(Files.readString(folder.resolve("README.md")))
        .startsWith("---\nlicense: 'apache-2.0'\n")
        .contains("# model@1", "| images | 15 |", "| updates | 3 |", "`promoted`")
        .contains("| `featureStd` | 0.0625000 |")
        .contains("load_file(\"model.safetensors\")");
    model.write(folder, ExportFormat.ONNX); // again: it is ours
    assertThat(folder).isDirectoryNotContaining("glob:**.writing");
    Path theirs = Files.createDirectories(dir.resolve("theirs"));
    Files.writeString(theirs.resolve("README.md"), "mine");
    assertThatThrownBy(() -> model.write(theirs, ExportFormat.ONNX))
        .hasMessageContaining(theirs + " holds other files");
    assertThat(theirs.resolve("README.md")).hasContent("mine");
  }

  /** What config.pbtxt says is what the ONNX file has, asked by ONNX Runtime, as Triton asks it. */
  @Test
  void tritonsConfigurationFitsTheOnnxFile() throws IOException, OrtException {
    Released r = release(ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32), 32);
    Path repository = dir.resolve("repository");
    Path file = new ModelFolder(r.manifest, r.exported, "unknown").writeTriton(repository);
    assertThat(repository.relativize(file)).isEqualTo(Path.of("model", "1", "model.onnx"));
    String config = Files.readString(repository.resolve(Path.of("model", "config.pbtxt")));
    assertThat(config).contains("name: \"model\"", "platform: \"onnxruntime_onnx\"");
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString())) {
      assertThat(session.getInputInfo()).hasSize(1);
      session.getInputInfo().forEach((name, info) -> fits(config, "input", name, info));
      assertThat(session.getOutputInfo()).hasSize(1);
      session.getOutputInfo().forEach((name, info) -> fits(config, "output", name, info));
    }
    assertThat(repository.resolve("model")).isDirectoryContaining("glob:**/config.json");
  }

  private static void fits(String config, String kind, String name, NodeInfo info) {
    long[] shape = ((TensorInfo) info.getInfo()).getShape();
    assertThat(shape[0]).as("any batch").isEqualTo(-1);
    String dims =
        Arrays.stream(shape)
            .skip(1)
            .mapToObj(Long::toString)
            .collect(Collectors.joining(", ", "[ ", " ]"));
    assertThat(config.replaceAll("\\s+", " "))
        .contains(
            "%s [ { name: \"%s\" data_type: TYPE_FP32 dims: %s } ]".formatted(kind, name, dims));
  }

  /** As a release with release.whitening has it. */
  private static NetworkSpec whitened(NetworkSpec backbone) {
    var children = new ArrayList<>(backbone.children());
    children.add(
        new Layer.Named(Whitening.LAYER, new Layer.Linear(OutputFeatures.of(backbone), 10, true)));
    return new NetworkSpec(backbone.name(), backbone.input(), children, backbone.taps());
  }

  /** What no backbone has: an autoencoder's, a discriminator's and the heads' layers. */
  private static NetworkSpec everyOtherLayer() {
    return new NetworkSpec(
        "student",
        List.of(3, 16, 16),
        List.of(
            new Named("down", new Layer.Conv2d(3, 4, 4, 4, 0, true)),
            new Named("leaky", new Layer.LeakyRelu(0.2)),
            new Named("up", new Layer.ConvTranspose2d(4, 3, 4, 2, 1, true)),
            new Named("plain", new Layer.BatchNorm(3, false, 0.1, 1e-5)),
            new Named("twice", new Layer.Upsample(2)),
            new Named("tanh", new Layer.Tanh()),
            new Named("pool", new Layer.MaxPool2d(4, 4, 0)),
            new Named("flat", new Layer.Flatten()),
            new Named("fc", new Layer.Linear(48, 12, false)),
            new Named("image", new Layer.ToImage(3, 2, 2)),
            new Named("again", new Layer.Flatten()),
            new Named("unit", new Layer.L2Normalize()),
            new Named("prototypes", new Layer.WeightNormLinear(12, 6)),
            new Named("sigmoid", new Layer.Sigmoid())),
        Set.of());
  }

  @Test
  void aLayerWithoutAFormIsNamed() {
    var spec =
        new NetworkSpec(
            "student", List.of(5, 3), List.of(new Named("map", new Layer.PatchMap())), Set.of());
    var network = new ExportedNetwork(spec, Map.of(), Map.of());
    assertThatThrownBy(
            () -> NetworkExport.write(ExportFormat.ONNX, network, OutputStream.nullOutputStream()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("ONNX export lacks layer map: PatchMap[]");
  }

  private Released release(NetworkSpec spec, int size) throws IOException {
    Path releases = Files.createTempDirectory(dir, "releases"); // with a log of its own
    try (Engine engine = TestEngines.cpu(Precision.FLOAT32);
        Scope scope = engine.scope();
        MethodState state = new MethodState(engine)) {
      Network network = state.add("student", engine.network(spec));
      Initializer.initialize(engine, network, 7);
      var images = engine.tensor(images(size), BATCH, 3, size, size);
      for (int pass = 0; pass < 3; pass++) {
        network.forward(images, Mode.TRAIN).close(); // statistics of their own
      }
      var publisher =
          new ReleasePublisher(
              new MemoryReleaseLog(), releases, DurableFiles.real(), Clock.systemUTC());
      var manifest =
          publisher.publish(
              new ReleaseDraft(
                  "model",
                  "byol",
                  "student",
                  OutputFeatures.of(spec),
                  Map.of("student", spec),
                  Set.of(),
                  state.snapshot(),
                  engine.info(),
                  Preprocessing.defaults(),
                  FeedPosition.start(),
                  3,
                  15,
                  Map.of("featureStd", 0.0625),
                  Map.of()));
      try (Activations pass = network.forward(images, Mode.EVAL)) {
        return new Released(
            manifest,
            ExportedNetwork.of(manifest, new ReleaseReader(releases)),
            spec,
            pass.output().toFloats());
      }
    }
  }

  private Path safetensors(Released released) throws IOException {
    Path file = dir.resolve("model.safetensors");
    try (var out = Files.newOutputStream(file)) {
      NetworkExport.write(ExportFormat.SAFETENSORS, released.exported, out);
    }
    return file;
  }

  /** Features of the first {@code batch} images by ONNX Runtime. */
  private static float[] onnx(Released released, int batch) throws IOException, OrtException {
    var bytes = new ByteArrayOutputStream();
    NetworkExport.write(ExportFormat.ONNX, released.exported, bytes);
    List<Integer> input = released.spec.input();
    int size = input.get(1);
    float[] images = Arrays.copyOf(images(size), batch * 3 * size * size);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (var options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = environment.createSession(bytes.toByteArray(), options);
          OnnxTensor x =
              OnnxTensor.createTensor(
                  environment, FloatBuffer.wrap(images), new long[] {batch, 3, size, size});
          OrtSession.Result result = session.run(Map.of("images", x))) {
        assertThat(session.getMetadata().getProducerName()).isEqualTo("millrace");
        assertThat(session.getMetadata().getCustomMetadata())
            .containsEntry("millrace.release", "model@1")
            .containsKeys("preprocessing", "preprocessing.size", "preprocessing.std");
        var features = (OnnxTensor) result.get("features").orElseThrow();
        assertThat(features.getInfo().getShape())
            .containsExactly(batch, OutputFeatures.of(released.spec));
        float[] values = new float[features.getFloatBuffer().remaining()];
        features.getFloatBuffer().get(values);
        return values;
      }
    }
  }

  private static float[] images(int size) {
    var random = new Random(size);
    float[] images = new float[BATCH * 3 * size * size];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    return images;
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i])
          .as("feature %d", i)
          .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(TOLERANCE));
    }
  }
}
