import io.millrace.learner.nd4j.auxiliary.Dl4jAuxiliaryLoss;
import io.millrace.learner.objective.ByolObjective;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * Fine-tunes an exported ResNet with Deeplearning4j's transfer learning: the first stages stay as
 * they are, the last are tuned, and one of Millrace's objectives keeps the features near those that
 * the release gives.
 *
 * <pre>
 * millrace export --release latest --format dl4j --out model.zip
 * java -cp ... FineTuneWithDeeplearning4j model.zip photos 10
 * </pre>
 */
public final class FineTuneWithDeeplearning4j {
  private static final int BATCH = 32;

  private FineTuneWithDeeplearning4j() {}

  /** What {@code millrace export} wrote, images with a folder for each class, epochs. */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      System.err.println("usage: FineTuneWithDeeplearning4j MODEL IMAGES EPOCHS");
      System.exit(2);
    }
    var model = new File(args[0]);
    List<Path> classes = sorted(Path.of(args[1]), Files::isDirectory);
    List<MultiDataSet> batches = batches(classes, Input.of(model), model);
    long features = batches.get(0).getLabels(1).size(1);
    ComputationGraph graph = classifier(model, features, classes.size());
    for (int epoch = 1; epoch <= Integer.parseInt(args[2]); epoch++) {
      double loss = 0;
      int right = 0;
      int images = 0;
      for (MultiDataSet batch : batches) {
        graph.fit(batch);
        loss += graph.score() / batches.size();
        INDArray told = graph.output(batch.getFeatures(0))[0];
        for (int i = 0; i < told.size(0); i++) {
          right += batch.getLabels(0).getInt(i, told.getRow(i).argMax().getInt(0));
        }
        images += (int) told.size(0);
      }
      System.out.printf("epoch %d: loss %.3f, %d of %d right%n", epoch, loss, right, images);
    }
  }

  /** The release with a classifier on its features and, beside it, an objective of Millrace. */
  public static ComputationGraph classifier(File model, long features, int classes)
      throws IOException {
    ComputationGraph backbone = ModelSerializer.restoreComputationGraph(model);
    var nearTheRelease =
        new Dl4jAuxiliaryLoss(
            new ByolObjective(), ByolObjective.PREDICTION, ByolObjective.TARGET, 0.1);
    return new TransferLearning.GraphBuilder(backbone)
        .fineTuneConfiguration(
            new FineTuneConfiguration.Builder().updater(new Adam(1e-3)).seed(1).build())
        .setFeatureExtractor("layer2.1.relu")
        .addLayer(
            "classes",
            new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(features)
                .nOut(classes)
                .activation(Activation.SOFTMAX)
                .weightInit(WeightInit.XAVIER)
                .build(),
            "avgpool")
        .addLayer(
            "prediction",
            new DenseLayer.Builder()
                .nIn(features)
                .nOut(features)
                .activation(Activation.IDENTITY)
                .weightInit(WeightInit.IDENTITY)
                .build(),
            "avgpool")
        .addLayer(
            "teacher",
            new LossLayer.Builder(nearTheRelease).activation(Activation.IDENTITY).build(),
            "prediction")
        .setOutputs("classes", "teacher")
        .build();
  }

  /** Images, one-hot classes and the release's features, all mixed. */
  private static List<MultiDataSet> batches(List<Path> classes, Input input, File model)
      throws IOException {
    record Example(Path file, int label) {}
    var examples = new ArrayList<Example>();
    for (int label = 0; label < classes.size(); label++) {
      for (Path file : sorted(classes.get(label), Files::isRegularFile)) {
        examples.add(new Example(file, label));
      }
    }
    Collections.shuffle(examples, new Random(1));
    ComputationGraph release = ModelSerializer.restoreComputationGraph(model);
    var batches = new ArrayList<MultiDataSet>();
    for (int from = 0; from < examples.size(); from += BATCH) {
      List<Example> some = examples.subList(from, Math.min(from + BATCH, examples.size()));
      INDArray x = Nd4j.create(some.size(), 3, input.size(), input.size());
      INDArray labels = Nd4j.zeros(some.size(), classes.size());
      for (int i = 0; i < some.size(); i++) {
        input.read(some.get(i).file(), x.slice(i));
        labels.putScalar(i, some.get(i).label(), 1);
      }
      INDArray features = release.outputSingle(x).dup();
      batches.add(new MultiDataSet(new INDArray[] {x}, new INDArray[] {labels, features}));
    }
    return batches;
  }

  private static List<Path> sorted(Path folder, Predicate<Path> which) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(which).sorted().toList();
    }
  }

  /** How an image becomes the network's input: the model's file says. */
  private record Input(int size, double[] mean, double[] std) {

    static Input of(File model) throws IOException {
      var words = new Properties();
      try (var zip = new ZipFile(model);
          var lines = zip.getInputStream(zip.getEntry("millrace.txt"))) {
        words.load(new InputStreamReader(lines, StandardCharsets.UTF_8));
      }
      return new Input(
          Integer.parseInt(words.getProperty("preprocessing.size")),
          numbers(words.getProperty("preprocessing.mean")),
          numbers(words.getProperty("preprocessing.std")));
    }

    private static double[] numbers(String list) {
      String[] numbers = list.substring(1, list.length() - 1).split(", ");
      return Arrays.stream(numbers).mapToDouble(Double::parseDouble).toArray();
    }

    /** The shorter side resized, the center cut out, each channel normalized. */
    void read(Path file, INDArray to) throws IOException {
      BufferedImage image = ImageIO.read(file.toFile());
      double scale = (double) size / Math.min(image.getWidth(), image.getHeight());
      int width = (int) Math.round(image.getWidth() * scale);
      int height = (int) Math.round(image.getHeight() * scale);
      var cut = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = cut.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      graphics.drawImage(image, (size - width) / 2, (size - height) / 2, width, height, null);
      graphics.dispose();
      for (int channel = 0; channel < 3; channel++) {
        for (int y = 0; y < size; y++) {
          for (int x = 0; x < size; x++) {
            double value = (cut.getRGB(x, y) >> (16 - 8 * channel) & 0xFF) / 255.0;
            to.putScalar(channel, y, x, (value - mean[channel]) / std[channel]);
          }
        }
      }
    }
  }
}
