package io.millrace.learner.method.step;

import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.Schedule;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.SegmentLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A method whose update is one pass: views, forward, objective, backward; then one optimizer over
 * its trained networks; then what follows them (teacher, queue, vocabulary). Such a method can also
 * be an auxiliary loss: its gradients are added, weighted, to another loss's on the same backbone.
 */
public abstract class SinglePassMethod implements Method {
  private final String name;
  private final ModelSettings model;
  private final NetworkSpec backbone;
  private final OptimizerSettings optimizer;
  private final String settings;
  private final OptimizerGroup trained;
  private final AlignmentLosses alignments;
  private final Schedule learningRate;

  /**
   * @param backbone the network that learns to see, under its name in the state
   * @param trained names of the networks that the optimizer trains
   */
  protected SinglePassMethod(
      String name,
      ModelSettings model,
      NetworkSpec backbone,
      List<String> trained,
      LearningSettings settings) {
    this(
        name,
        model,
        backbone,
        trained,
        "updates",
        settings.optimizer(),
        settings.learningRate().schedule(),
        settings.toString());
  }

  /**
   * With a name of its own for the counter of updates.
   *
   * @param settings as text
   */
  protected SinglePassMethod(
      String name,
      ModelSettings model,
      NetworkSpec backbone,
      List<String> trained,
      String counter,
      OptimizerSettings optimizer,
      Schedule learningRate,
      String settings) {
    this.name = name;
    this.model = model;
    this.backbone = backbone;
    this.optimizer = optimizer;
    this.settings = settings;
    this.alignments = new AlignmentLosses(model, backbone);
    var networks = new ArrayList<>(trained);
    networks.addAll(alignments.trained());
    this.trained =
        new OptimizerGroup(
            counter,
            List.copyOf(networks),
            optimizer,
            new OptimizerGroup.Slow(
                backbone.name(), model.backbone().frozenUpdates(), model.backbone().rateFactor()));
    this.learningRate = learningRate;
  }

  /** Views, forward, objective and backward; gradients times the weight of the pass. */
  public abstract void learn(StepContext pass);

  /** Adds the method's networks and tensors, the backbone first, to a fresh state. */
  public abstract void build(MethodState state);

  /** After the backward pass, before the optimizer: clip or drop gradients. */
  public void beforeUpdate(StepContext pass) {}

  /** After the optimizer and before the teachers follow: queue, center, vocabulary. */
  public void afterUpdate(StepContext pass) {}

  /** The student of each teacher that follows as a moving average. */
  public Map<String, String> teachers() {
    return Map.of();
  }

  /** The tap that represents images best after this method; {@code output} for the output. */
  public String bestLayer() {
    return ModelSettings.OUTPUT;
  }

  @Override
  public final String servedLayer() {
    return model.layer(bestLayer(), backbone);
  }

  /** EMA momentum of the next update; NaN without a teacher. */
  public double teacherMomentum(MethodState state) {
    return Double.NaN;
  }

  /** Settings of the method that make the model what it is, besides seed, backbone, optimizer. */
  public abstract Map<String, ?> architecture();

  @Override
  public final String name() {
    return name;
  }

  @Override
  public String representation() {
    return backbone.name();
  }

  @Override
  public final Map<String, String> fixedSettings() {
    return model.fixed(architecture(), optimizer);
  }

  @Override
  public final String settings() {
    return settings;
  }

  @Override
  public final MethodState initialize(Engine engine) {
    var state = new MethodState(engine);
    build(state);
    alignments.build(state);
    trained.addMemory(state);
    return state;
  }

  @Override
  public final StepReport step(ImageBatch batch, MethodState state) {
    Engine engine = state.engine();
    try (Scope scope = engine.scope();
        StepContext pass = accumulate(batch, state, 1)) {
      return finish(pass);
    } finally {
      engine.stepEnded();
    }
  }

  /**
   * The update's first half: adds the gradients of {@code weight} · loss to those of the trained
   * networks. Parameters stay as they are; running statistics move. To be called in a scope that
   * lasts until the pass is {@linkplain #finish finished}; the caller closes the pass.
   */
  public final StepContext accumulate(ImageBatch batch, MethodState state, double weight) {
    var pass = new StepContext(batch, state, model.seed(), weight);
    try {
      if (trained.isFrozen(state)) {
        copies(state).forEach((name, network) -> pass.keep(name, network.statistics().copy()));
      }
      pass.onShards(
          part -> {
            learn(part);
            alignments.learn(part);
          });
      return pass;
    } catch (RuntimeException | Error e) {
      pass.close();
      throw e;
    }
  }

  /**
   * The update's second half: the optimizer on the gradients the trained networks hold now, then
   * teacher, queue and the like.
   *
   * @throws NonFiniteUpdateException where loss or gradient is not finite; parameters are as they
   *     were then
   */
  public final StepReport finish(StepContext pass) {
    return finish(pass, "", network -> {});
  }

  /**
   * The same where the backbone is not this method's alone: its update is the caller's, by a task's
   * own optimizer, and leaves its gradients at zero. The method's other networks are updated by its
   * own.
   */
  public final StepReport finish(StepContext pass, Consumer<Network> backboneUpdate) {
    return finish(pass, backbone.name(), backboneUpdate);
  }

  private StepReport finish(StepContext pass, String other, Consumer<Network> update) {
    MethodState state = pass.state();
    double rate;
    try {
      pass.requireFiniteLoss();
      beforeUpdate(pass);
      rate = trained.rate(state, learningRate, pass.images());
      pass.metric("gradientNorm", trained.update(state, rate, other, update).sqrt());
    } catch (NonFiniteUpdateException e) {
      state.networks().values().forEach(Network::clearGradients);
      throw e;
    }
    pass.markPhase("optimiser");
    double momentum = teacherMomentum(state);
    follow(pass);
    alignments.follow(pass);
    if (other.isEmpty()) {
      copies(state)
          .forEach(
              (name, network) -> {
                if (pass.keeps(name)) {
                  network.statistics().copyIn(pass.kept(name));
                }
              });
    }
    return pass.report(rate, momentum);
  }

  /** The backbone and whatever began as a copy of it, whose statistics stand still with it. */
  private Map<String, Network> copies(MethodState state) {
    SegmentLayout layout = state.network(backbone.name()).layout();
    var out = new HashMap<String, Network>();
    state
        .networks()
        .forEach(
            (name, network) -> {
              if (network.layout().equals(layout) && layout.statisticCount() > 0) {
                out.put("frozen." + name, network);
              }
            });
    return out;
  }

  /** What follows an update of the trained networks. */
  public final void follow(StepContext pass) {
    afterUpdate(pass);
    MethodState state = pass.state();
    EmaTeachers.follow(state, teacherMomentum(state), teachers());
    teachers()
        .forEach(
            (teacher, student) -> {
              if (student.equals(backbone.name())) {
                pass.metric(
                    "teacherDistance",
                    StepMetrics.distance(state.network(teacher), state.network(student)));
              }
            });
  }

  /** The trained networks but the backbone, for a mix: the backbone is updated by others there. */
  public final OptimizerGroup heads() {
    return trained.without(backbone.name());
  }

  public final Schedule learningRate() {
    return learningRate;
  }

  public final OptimizerSettings optimizer() {
    return optimizer;
  }

  public final ModelSettings model() {
    return model;
  }

  public final long seed() {
    return model.seed();
  }

  /** The network that learns to see, under its name in the state. */
  public final NetworkSpec backbone() {
    return backbone;
  }

  public final OptimizerGroup trained() {
    return trained;
  }

  /** Adds a network with its initial weights; in a part of a state, one that is shared is there. */
  public final Network add(MethodState state, NetworkSpec spec) {
    return spec.name().equals(backbone.name())
        ? FreshNetworks.addBackbone(state, spec, model)
        : FreshNetworks.add(state, spec, seed());
  }
}
