package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.auxiliary.AuxiliaryLoss;
import io.millrace.learner.objective.ByolObjective;
import java.io.File;
import java.io.IOException;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.transferlearning.FineTuneConfiguration;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * A classifier on an exported ResNet: the first stages stay as they are, the last are tuned, and an
 * objective keeps the features near those of a teacher. Train it with a {@code MultiDataSet} of
 * images, one-hot classes and the teacher's features: {@code graph.fit(data)}.
 */
final class FineTuneExample {
  private FineTuneExample() {}

  /**
   * @param model what {@code millrace export --format dl4j} wrote
   * @param features length of its features
   * @param classes classes to tell apart
   */
  static ComputationGraph classifier(File model, int features, int classes) throws IOException {
    ComputationGraph backbone = ModelSerializer.restoreComputationGraph(model);
    var nearTheTeacher =
        new AuxiliaryLoss(new ByolObjective(), ByolObjective.PREDICTION, ByolObjective.TARGET, 0.1);
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
            new LossLayer.Builder(nearTheTeacher).activation(Activation.IDENTITY).build(),
            "prediction")
        .setOutputs("classes", "teacher")
        .build();
  }
}
