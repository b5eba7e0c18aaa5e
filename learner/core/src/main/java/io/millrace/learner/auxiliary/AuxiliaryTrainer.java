package io.millrace.learner.auxiliary;

import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.step.SinglePassMethod;
import io.millrace.learner.method.step.StepContext;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;

/**
 * A self-supervised method's loss added to a task's loss on one backbone, each with its own head
 * (Gidaris et al. 2019, "Boosting few-shot visual learning with self-supervision"):
 *
 * <pre>
 * L = L_task + λ · L_ssl
 * </pre>
 *
 * The backbone is the method's; the task's optimizer updates it, the method's own optimizer updates
 * the method's heads, and what follows an update (teacher, queue, center) follows. The images of
 * the two losses need not be the same: the self-supervised one needs no labels.
 */
public final class AuxiliaryTrainer implements AutoCloseable {
  private final Engine engine;
  private final SinglePassMethod method;
  private final double weight;
  private final MethodState state;

  /**
   * @param method one whose update is a single pass
   * @param weight λ, 0 or more
   * @throws IllegalArgumentException when the method can't be an auxiliary loss, or λ is negative
   */
  public AuxiliaryTrainer(Engine engine, Method method, double weight) {
    this.engine = engine;
    this.method = singlePass(method);
    if (!(weight >= 0 && weight <= 1e6)) {
      throw new IllegalArgumentException("weight is " + weight + ": expected 0 to 1000000");
    }
    this.weight = weight;
    this.state = method.initialize(engine);
  }

  /**
   * The method as one whose update is a single pass.
   *
   * @throws IllegalArgumentException when it is another
   */
  public static SinglePassMethod singlePass(Method method) {
    if (method instanceof SinglePassMethod single) {
      return single;
    }
    throw new IllegalArgumentException(
        "method "
            + method.name()
            + " can't be an auxiliary loss: expected one whose update is a single pass");
  }

  /** The shared backbone; closed with this object. */
  public Network backbone() {
    return state.network(method.backbone().name());
  }

  /**
   * Starts from another network's weights: the backbone and whatever is built like it, such as its
   * teacher.
   *
   * @throws IllegalArgumentException when the backbone is built otherwise
   */
  public void startFrom(Network trained) {
    if (!backbone().layout().equals(trained.layout())) {
      throw new IllegalArgumentException(
          "the backbone of "
              + method.name()
              + " has "
              + backbone().layout().parameterCount()
              + " parameters in other places than the network to start from, which has "
              + trained.layout().parameterCount());
    }
    for (Network network : state.networks().values()) {
      if (network.layout().equals(trained.layout())) {
        network.parameters().copyIn(trained.parameters());
        network.statistics().copyIn(trained.statistics());
      }
    }
  }

  /**
   * One joint update.
   *
   * @param images what the self-supervised loss sees, of any labels or none
   * @param task the task's loss; called once
   * @param update updates the backbone and the task's head from their gradients and clears them
   */
  public JointReport step(ImageBatch images, TaskLoss task, Consumer<Network> update) {
    try (var scope = engine.scope();
        StepContext context = method.accumulate(images, state, weight)) {
      Tensor auxiliary = backbone().gradients().copy();
      Tensor taskLoss = task.accumulate(backbone());
      Tensor own = backbone().gradients().sub(auxiliary);
      Tensor metrics =
          engine.concat(
              0,
              List.of(
                  taskLoss.reshape(1),
                  own.mul(auxiliary).sum(false).reshape(1),
                  own.mul(own).sum(false).sqrt().reshape(1),
                  auxiliary.mul(auxiliary).sum(false).sqrt().reshape(1)));
      double[] values = metrics.toDoubles();
      double loss = method.finish(context, update).loss();
      double norms = values[2] * values[3];
      return new JointReport(
          values[0], loss, norms > 0 ? values[1] / norms : Double.NaN, values[2], values[3]);
    } finally {
      engine.stepEnded();
    }
  }

  @Override
  public void close() {
    state.close();
  }
}
