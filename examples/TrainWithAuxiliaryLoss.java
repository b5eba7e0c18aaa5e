import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.ImageSources;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.auxiliary.AuxiliaryTrainer;
import io.millrace.learner.auxiliary.JointReport;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.objective.CrossEntropyObjective;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Trains a classifier with a self-supervised loss beside its own: L = cross-entropy + λ · L_ssl on
 * one backbone, each with its own head.
 *
 * <pre>java -cp ... TrainWithAuxiliaryLoss photos.zip rotation 1.0 100</pre>
 */
public final class TrainWithAuxiliaryLoss {
  private static final int BATCH = 32;
  private static final double RATE = 0.05;

  private TrainWithAuxiliaryLoss() {}

  /** Images with a folder for each class, a method, λ, updates. */
  public static void main(String[] args) throws Exception {
    if (args.length != 4) {
      System.err.println("usage: TrainWithAuxiliaryLoss IMAGES METHOD WEIGHT STEPS");
      System.exit(2);
    }
    double weight = Double.parseDouble(args[2]);
    var model = ModelSettings.defaults().withBackbone(BackboneSettings.defaults().withWidth(0.125));
    try (ImageSource source = ImageSources.open(Path.of(args[0]));
        var decoder = new ImageDecoder(DecodeLimits.defaults());
        Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        var auxiliary = new AuxiliaryTrainer(engine, Methods.create(args[1], model), weight);
        Network head =
            engine.network(
                Heads.linear("fc", model.backbone().featureDimension(), source.labels().size()))) {
      Initializer.initialize(engine, head, 1);
      for (long step = 0; step < Long.parseLong(args[3]); step++) {
        var labels = new ArrayList<Double>();
        ImageBatch batch = read(source, decoder, step, labels);
        JointReport report =
            auxiliary.step(
                batch,
                backbone -> task(engine, model, backbone, head, batch.images(), labels),
                backbone -> {
                  for (Network network : List.of(backbone, head)) {
                    network.parameters().addIn(-RATE, network.gradients());
                    network.clearGradients();
                  }
                });
        System.out.printf(
            "%d: task %.3f, %s %.3f, gradients' cosine %.3f%n",
            step, report.taskLoss(), args[1], report.auxiliaryLoss(), report.cosine());
      }
    }
  }

  /** The task: adds the gradients of its loss, returns the loss. */
  private static Tensor task(
      Engine engine,
      ModelSettings model,
      Network backbone,
      Network head,
      List<PixelImage> images,
      List<Double> labels) {
    Tensor x = new EvalView(model.preprocessing()).of(engine, images);
    double[] classes = labels.stream().mapToDouble(Double::doubleValue).toArray();
    Tensor targets = engine.tensor(classes, classes.length).oneHot(OutputFeatures.of(head.spec()));
    try (var features = backbone.forward(x, Mode.TRAIN);
        var logits = head.forward(features.output(), Mode.TRAIN)) {
      var loss =
          new CrossEntropyObjective()
              .evaluate(Map.of("logits", logits.output(), "targets", targets));
      features.backward(logits.backward(loss.gradients().get("logits"), true), false);
      return loss.loss();
    }
  }

  /** The next labeled images of the source, from its start again after its end. */
  private static ImageBatch read(
      ImageSource source, ImageDecoder decoder, long step, List<Double> labels) throws Exception {
    var images = new ArrayList<IdentifiedImage>();
    for (long i = step * BATCH; i < (step + 1) * BATCH; i++) {
      long index = i * 7919 % source.stream().count(); // a prime: classes mix
      ImageRecord record = source.stream().read(index);
      if (decoder.decode(record.bytes()) instanceof DecodeOutcome.Decoded decoded) {
        images.add(new IdentifiedImage(record.id(), decoded.image()));
        labels.add((double) source.labels().indexOf(source.stream().label(index)));
      }
    }
    return new ImageBatch(step, images);
  }
}
