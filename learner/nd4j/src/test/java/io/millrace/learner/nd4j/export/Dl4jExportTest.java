package io.millrace.learner.nd4j.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.export.ExportFormat;
import io.millrace.learner.export.ExportedNetwork;
import io.millrace.learner.export.NetworkExport;
import io.millrace.learner.nd4j.NativeConvolution;
import io.millrace.learner.nd4j.TestEngines;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.tensor.Truncation;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import javax.tools.ToolProvider;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** What Deeplearning4j loads gives the features that the engine gives. */
class Dl4jExportTest {
  private static final int SIDE = 32;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = ExportFormat.class,
      names = {"DL4J", "DL4J_STOCK"})
  void aSavedGraphGivesTheSameFeatures(ExportFormat format) throws IOException {
    NetworkSpec spec =
        Truncation.of(
            ResNets.spec("backbone", "resnet18", ResNets.Stem.LARGE, 0.125, SIDE),
            "layer3" + Truncation.AND_OUTPUT,
            "backbone");
    float[] images = images(3);
    Trained trained = trained(spec, images);
    Path file = folder.resolve("model.zip");
    try (OutputStream out = Files.newOutputStream(file)) {
      NetworkExport.write(
          format,
          new ExportedNetwork(spec, trained.tensors(), Map.of("preprocessing.size", "32")),
          out);
    }
    ComputationGraph graph = ModelSerializer.restoreComputationGraph(file.toFile());
    INDArray x = Nd4j.createFromArray(images).reshape(3, 3, SIDE, SIDE);
    float[] features = graph.outputSingle(x).dup('c').data().asFloat();
    assertThat(features).containsExactly(trained.features(), within(1e-4f));
    boolean stock =
        Arrays.stream(graph.getLayers())
            .map(layer -> layer.conf().getLayer())
            .filter(ConvolutionLayer.class::isInstance)
            .noneMatch(NativeConvolution.class::isInstance);
    assertThat(stock).isEqualTo(format == ExportFormat.DL4J_STOCK);
    try (var zip = new ZipFile(file.toFile())) {
      assertThat(zip.getInputStream(zip.getEntry(Dl4jWriter.WORDS)))
          .asString(StandardCharsets.UTF_8)
          .contains("preprocessing.size=32");
    }
  }

  /** {@code examples/FineTuneWithDeeplearning4j.java}, step by step. */
  @Test
  void transferLearningTunesASavedGraphWithAnObjectiveBesides() throws Exception {
    Path file = exported();
    INDArray x = Nd4j.createFromArray(images(6)).reshape(6, 3, SIDE, SIDE);
    INDArray teacher = ModelSerializer.restoreComputationGraph(file.toFile()).outputSingle(x).dup();
    ComputationGraph graph =
        (ComputationGraph)
            example()
                .getMethod("classifier", File.class, long.class, int.class)
                .invoke(null, file.toFile(), 64, 2);
    INDArray classes = Nd4j.create(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}, {0, 1}});
    var data = new MultiDataSet(new INDArray[] {x}, new INDArray[] {classes, teacher});
    INDArray frozen = graph.getLayer("layer1.0.conv1").getParam("W").dup();
    INDArray tuned = graph.getLayer("layer4.0.conv1").getParam("W").dup();
    INDArray variance = graph.getLayer("layer4.0.bn1").getParam("var").dup();
    graph.fit(data);
    double first = graph.score();
    for (int step = 0; step < 10; step++) {
      graph.fit(data);
    }
    assertThat(graph.score()).isLessThan(first / 2);
    assertThat(graph.getLayer("layer1.0.conv1").getParam("W").equalsWithEps(frozen, 0)).isTrue();
    assertThat(graph.getLayer("layer4.0.conv1").getParam("W").equalsWithEps(tuned, 1e-6)).isFalse();
    assertThat(graph.getLayer("layer4.0.bn1").getParam("var").equalsWithEps(variance, 1e-6))
        .isFalse();
  }

  /** The same as a user runs it, over folders of images. */
  @Test
  void theExampleLearnsToTellRedFromBlue() throws Exception {
    for (int i = 0; i < 8; i++) {
      var image = new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB);
      for (int pixel = 0; pixel < 40 * 36; pixel++) {
        int shade = (pixel * 13 + i * 31) % 200;
        image.setRGB(pixel % 40, pixel / 40, i % 2 == 0 ? 0xFF0000 | shade : shade << 16 | 0xFF);
      }
      Path of = Files.createDirectories(folder.resolve("images").resolve("" + i % 2));
      ImageIO.write(image, "png", of.resolve(i + ".png").toFile());
    }
    String[] arguments = {exported().toString(), folder.resolve("images").toString(), "40"};
    var printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      example().getMethod("main", String[].class).invoke(null, (Object) arguments);
    } finally {
      System.setOut(out);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines().filter(l -> l.startsWith("epoch")))
        .as("one line each; running statistics take some epochs to follow")
        .hasSize(40)
        .last()
        .asString()
        .matches("epoch 40: loss [0-9.]+, 8 of 8 right");
  }

  private Path exported() throws IOException {
    NetworkSpec spec = ResNets.spec("backbone", "resnet18", ResNets.Stem.SMALL, 0.125, SIDE);
    Map<String, String> words =
        Map.of(
            "preprocessing.size", "" + SIDE,
            "preprocessing.mean", List.of(0.5, 0.5, 0.5).toString(),
            "preprocessing.std", List.of(0.25, 0.25, 0.25).toString());
    Path file = folder.resolve("model.zip");
    try (OutputStream out = Files.newOutputStream(file)) {
      Map<String, HostTensor> tensors = trained(spec, images(3)).tensors();
      NetworkExport.write(ExportFormat.DL4J, new ExportedNetwork(spec, tensors, words), out);
    }
    return file;
  }

  /** Compiles the example with every lint on and loads it. */
  private Class<?> example() throws Exception {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(here.resolve("examples"))) {
      here = here.getParent();
    }
    String name = "FineTuneWithDeeplearning4j";
    List<String> arguments =
        List.of(
            "-Xlint:all,-classfile,-path",
            "-Werror",
            "-d",
            folder.toString(),
            "-classpath",
            System.getProperty("java.class.path"),
            here.resolve("examples").resolve(name + ".java").toString());
    int problems =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(problems).isZero();
    return Class.forName(name, true, new URLClassLoader(new URL[] {folder.toUri().toURL()}));
  }

  @Test
  void aLayerWithoutAFormIsNamed() {
    var spec =
        new NetworkSpec(
            "vit", List.of(4), List.of(new Layer.Named("norm", Layer.LayerNorm.of(4))), Set.of());
    var network = new ExportedNetwork(spec, Map.of(), Map.of());
    assertThatThrownBy(
            () -> NetworkExport.write(ExportFormat.DL4J, network, OutputStream.nullOutputStream()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("norm")
        .hasMessageContaining("safetensors");
  }

  @Test
  void denseLayersAreTurned() {
    var spec =
        new NetworkSpec(
            "fc",
            List.of(2),
            List.of(new Layer.Named("fc", new Layer.Linear(2, 3, true))),
            Set.of());
    var tensors =
        Map.of(
            "fc.weight", new HostTensor(List.of(3L, 2L), new float[] {1, 2, 3, 4, 5, 6}),
            "fc.bias", new HostTensor(List.of(3L), new float[] {10, 20, 30}));
    ComputationGraph graph = Dl4jGraph.of(new ExportedNetwork(spec, tensors, Map.of()), true);
    assertThat(graph.getLayer("fc").conf().getLayer()).isInstanceOf(DenseLayer.class);
    INDArray x = Nd4j.createFromArray(1f, 10f).reshape(1, 2);
    assertThat(graph.outputSingle(x).dup('c').data().asFloat()).containsExactly(31, 63, 95);
  }

  private record Trained(Map<String, HostTensor> tensors, float[] features) {}

  /** Weights with running statistics of their own, and the features they give. */
  private static Trained trained(NetworkSpec spec, float[] images) {
    try (Engine engine = TestEngines.nd4j(Precision.FLOAT32);
        Scope scope = engine.scope();
        Network network = engine.network(spec)) {
      Initializer.initialize(engine, network, 3);
      Tensor x = engine.tensor(images, 3, 3, SIDE, SIDE);
      network.forward(x, Mode.TRAIN).close();
      var tensors = new LinkedHashMap<String, HostTensor>();
      cut(network.layout().parameters(), network.parameters(), tensors);
      cut(network.layout().statistics(), network.statistics(), tensors);
      try (Activations pass = network.forward(x, Mode.EVAL)) {
        return new Trained(tensors, pass.output().toFloats());
      }
    }
  }

  private static void cut(List<Segment> segments, Tensor flat, Map<String, HostTensor> to) {
    float[] values = flat.toFloats();
    for (Segment s : segments) {
      int from = (int) s.offset();
      to.put(
          s.name(),
          new HostTensor(s.shape(), Arrays.copyOfRange(values, from, from + (int) s.size())));
    }
  }

  private static float[] images(int n) {
    var random = new Random(5);
    float[] images = new float[n * 3 * SIDE * SIDE];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    return images;
  }
}
