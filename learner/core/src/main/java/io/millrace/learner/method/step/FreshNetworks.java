package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.release.BackboneWeights;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Networks of a fresh state. */
public final class FreshNetworks {
  private static final Logger LOG = LoggerFactory.getLogger(FreshNetworks.class);

  private FreshNetworks() {}

  /** Adds a network with its initial weights; in a part of a state, one that is shared is there. */
  static Network add(MethodState state, NetworkSpec spec, long seed) {
    if (state.shares(spec.name())) {
      return state.network(spec.name());
    }
    Engine engine = state.engine();
    Network network = state.add(spec.name(), engine.network(spec));
    Initializer.initialize(engine, network, seed);
    return network;
  }

  /**
   * Adds the backbone, begun with chance or from the file that the model names; in a part of a
   * state, one that is shared is there.
   *
   * @throws IllegalArgumentException naming the setting, the file and what does not fit
   */
  public static Network addBackbone(MethodState state, NetworkSpec spec, ModelSettings model) {
    if (state.shares(spec.name())) {
      return state.network(spec.name());
    }
    Engine engine = state.engine();
    Network network = state.add(spec.name(), engine.network(spec));
    if (model.backbone().zeroLastNorm()) {
      Initializer.initializeWithIdleBlocks(engine, network, model.seed());
    } else {
      Initializer.initialize(engine, network, model.seed());
    }
    String file = model.backbone().weights();
    if (!file.isEmpty()) {
      begin(network, engine, Path.of(file), model);
    }
    return network;
  }

  private static void begin(Network network, Engine engine, Path file, ModelSettings model) {
    try {
      BackboneWeights weights = BackboneWeights.read(file);
      weights.requireNormalization(model.preprocessing());
      LOG.info(
          "{} begins from {}; left over there: {}",
          network.spec().name(),
          file,
          weights.fill(network, engine));
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException("model.backbone.weights: " + e.getMessage(), e);
    }
  }
}
