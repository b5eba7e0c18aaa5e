package io.millrace.learner.tensor;

/** A network laid over another one, to which all goes that is not overridden. Has no twin. */
public abstract class ForwardingNetwork implements Network {
  private final Network network;

  protected ForwardingNetwork(Network network) {
    this.network = network;
  }

  /** The network below. */
  protected final Network network() {
    return network;
  }

  @Override
  public NetworkSpec spec() {
    return network.spec();
  }

  @Override
  public SegmentLayout layout() {
    return network.layout();
  }

  @Override
  public Tensor parameters() {
    return network.parameters();
  }

  @Override
  public Tensor gradients() {
    return network.gradients();
  }

  @Override
  public Tensor statistics() {
    return network.statistics();
  }

  @Override
  public Activations forward(Tensor x, Mode mode, boolean keepGraph) {
    return network.forward(x, mode, keepGraph);
  }

  @Override
  public void clearGradients() {
    network.clearGradients();
  }

  @Override
  public void close() {
    network.close();
  }
}
