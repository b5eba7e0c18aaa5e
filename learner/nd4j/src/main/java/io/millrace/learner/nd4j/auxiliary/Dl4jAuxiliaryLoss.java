package io.millrace.learner.nd4j.auxiliary;

import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/**
 * Any objective as a loss of Deeplearning4j: give it to a {@code LossLayer} behind the features to
 * be trained and the graph's own training adds it to its other losses, times a weight.
 *
 * <pre>{@code
 * var loss = new Dl4jAuxiliaryLoss(new ByolObjective(), "prediction", "target", 0.1);
 * graph.addLayer("aux", new LossLayer.Builder(loss).activation(Activation.IDENTITY).build(), "fc");
 * }</pre>
 *
 * <p>The layer's input is the objective's prediction [batch, features]; the labels of that output
 * are its constant. What else the objective needs is told once. Deeplearning4j divides sums over a
 * batch by the batch's size, objectives are means already: both score and gradient are times the
 * batch's size here. Masks are refused. An objective is no part of a saved model: save the graph
 * without the layer, or set the loss again after loading.
 */
public final class Dl4jAuxiliaryLoss implements ILossFunction {
  private static final long serialVersionUID = 1L;

  private final transient Objective objective;
  private final transient Map<String, INDArray> constants;
  private final String prediction;
  private final String target;
  private final double weight;

  /** An objective of two inputs. */
  public Dl4jAuxiliaryLoss(Objective objective, String prediction, String target, double weight) {
    this(objective, prediction, target, weight, Map.of());
  }

  /**
   * @param prediction the objective's input that the layer's input is; differentiable
   * @param target the objective's input that the labels are
   * @param weight factor on value and gradient, finite and not negative
   * @param constants the objective's other inputs
   * @throws IllegalArgumentException naming an input that the objective lacks, or the weight
   */
  public Dl4jAuxiliaryLoss(
      Objective objective,
      String prediction,
      String target,
      double weight,
      Map<String, INDArray> constants) {
    if (!objective.differentiable().contains(prediction)) {
      throw new IllegalArgumentException(
          "prediction is '" + prediction + "': expected one of " + objective.differentiable());
    }
    if (!objective.inputs().contains(target)) {
      throw new IllegalArgumentException(
          "target is '" + target + "': expected one of " + objective.inputs());
    }
    if (!(weight >= 0) || Double.isInfinite(weight)) {
      throw new IllegalArgumentException("weight is " + weight + ": expected 0 or more");
    }
    this.objective = objective;
    this.prediction = prediction;
    this.target = target;
    this.weight = weight;
    this.constants = Map.copyOf(constants);
  }

  @Override
  public double computeScore(
      INDArray labels,
      INDArray preOutput,
      IActivation activation,
      @Nullable INDArray mask,
      boolean average) {
    return computeGradientAndScore(labels, preOutput, activation, mask, average).getFirst();
  }

  /** The same value for every example: an objective is one number for a batch. */
  @Override
  public INDArray computeScoreArray(
      INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask) {
    double loss = computeScore(labels, preOutput, activation, mask, true);
    return Nd4j.valueArrayOf(new long[] {preOutput.size(0), 1}, loss, preOutput.dataType());
  }

  @Override
  public INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, @Nullable INDArray mask) {
    return computeGradientAndScore(labels, preOutput, activation, mask, true).getSecond();
  }

  @Override
  public Pair<Double, INDArray> computeGradientAndScore(
      INDArray labels,
      INDArray preOutput,
      IActivation activation,
      @Nullable INDArray mask,
      boolean average) {
    if (mask != null) {
      throw new IllegalArgumentException("an objective takes whole batches: masks are refused");
    }
    INDArray output = activation.getActivation(preOutput.dup(), true);
    Evaluated evaluated = evaluate(labels, output);
    long batch = output.size(0);
    INDArray byOutput =
        Nd4j.createFromArray(evaluated.gradient())
            .reshape(output.shape())
            .castTo(output.dataType())
            .muli(batch);
    INDArray byPreOutput = activation.backprop(preOutput.dup(), byOutput).getFirst();
    return new Pair<>(average ? evaluated.loss() : evaluated.loss() * batch, byPreOutput);
  }

  /** Value and gradient, both times the weight. */
  private record Evaluated(double loss, double[] gradient) {}

  private Evaluated evaluate(INDArray labels, INDArray output) {
    Precision precision =
        output.dataType() == DataType.DOUBLE ? Precision.FLOAT64 : Precision.FLOAT32;
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
        Engine engine = Engines.open("nd4j", new EngineOptions("auto", precision, false, 0));
        Scope scope = engine.scope()) {
      var inputs = new HashMap<String, Tensor>();
      constants.forEach((name, constant) -> inputs.put(name, tensor(engine, constant)));
      inputs.put(target, tensor(engine, labels));
      inputs.put(prediction, tensor(engine, output));
      LossAndGradients result = objective.evaluate(inputs);
      Tensor gradient = result.gradients().get(prediction).mul(weight);
      return new Evaluated(weight * result.loss().item(), gradient.toDoubles());
    }
  }

  private static Tensor tensor(Engine engine, INDArray array) {
    return engine.tensor(array.dup('c').data().asDouble(), array.shape());
  }

  @Override
  public String name() {
    return "Dl4jAuxiliaryLoss(" + objective.getClass().getSimpleName() + ")";
  }

  @Override
  public String toString() {
    return name();
  }
}
