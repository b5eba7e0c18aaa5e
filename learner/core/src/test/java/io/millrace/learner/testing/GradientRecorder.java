package io.millrace.learner.testing;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.ForwardingNetwork;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An engine whose networks keep a copy of their gradients when these are cleared: what an update
 * was made with, whatever the optimizer. Does not close the engine it is laid over.
 */
public final class GradientRecorder implements Engine {
  private final Engine engine;
  private final Map<String, double[]> recorded = new LinkedHashMap<>();
  private final Set<String> made = new HashSet<>();

  public GradientRecorder(Engine engine) {
    this.engine = engine;
  }

  /** Forgets what was recorded. */
  public void restart() {
    recorded.clear();
  }

  /** Gradients by network, as they were when they were first cleared since the last start. */
  public Map<String, double[]> recorded() {
    return Map.copyOf(recorded);
  }

  @Override
  public Network network(NetworkSpec spec) {
    Network network = engine.network(spec);
    // Another one of a name is a shard's copy: the whole's gradients are what is wanted.
    return made.add(spec.name()) ? new RecordedNetwork(network, recorded, made) : network;
  }

  private static final class RecordedNetwork extends ForwardingNetwork {
    private final Map<String, double[]> recorded;
    private final Set<String> made;

    RecordedNetwork(Network network, Map<String, double[]> recorded, Set<String> made) {
      super(network);
      this.recorded = recorded;
      this.made = made;
    }

    @Override
    public void clearGradients() {
      recorded.putIfAbsent(spec().name(), gradients().toDoubles());
      super.clearGradients();
    }

    @Override
    public Optional<Network> twin() {
      return network().twin();
    }

    @Override
    public void close() {
      made.remove(spec().name());
      super.close();
    }
  }

  @Override
  public EngineInfo info() {
    return engine.info();
  }

  @Override
  public Scope scope() {
    return engine.scope();
  }

  @Override
  public Tensor tensor(float[] values, long... shape) {
    return engine.tensor(values, shape);
  }

  @Override
  public Tensor tensor(double[] values, long... shape) {
    return engine.tensor(values, shape);
  }

  @Override
  public Tensor tensor(byte[] unsigned, long... shape) {
    return engine.tensor(unsigned, shape);
  }

  @Override
  public Tensor zeros(long... shape) {
    return engine.zeros(shape);
  }

  @Override
  public Tensor concat(int dim, List<Tensor> parts) {
    return engine.concat(dim, parts);
  }

  @Override
  public boolean supports(Layer layer) {
    return engine.supports(layer);
  }

  @Override
  public void synchronize() {
    engine.synchronize();
  }

  @Override
  public void stepEnded() {
    engine.stepEnded();
  }

  @Override
  public void close() {}
}
