package io.millrace.learner.release;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;

/** A release on an engine: its representation, ready to run, and whatever else its file holds. */
public final class LoadedRelease implements AutoCloseable {
  private final ReleaseManifest manifest;
  private final SafeTensors file;
  private final Engine engine;
  private final Network network;
  private final EvalView view;

  LoadedRelease(ReleaseManifest manifest, SafeTensors file, Engine engine) {
    this.manifest = manifest;
    this.file = file;
    this.engine = engine;
    this.view = new EvalView(manifest.preprocessing());
    this.network = open(manifest.representation());
  }

  public ReleaseManifest manifest() {
    return manifest;
  }

  public Engine engine() {
    return engine;
  }

  /** The representation; closed with this release. */
  public Network network() {
    return network;
  }

  /** How images become its input. */
  public EvalView view() {
    return view;
  }

  /**
   * Puts another of its networks on the engine, such as the teacher; the caller closes it.
   *
   * @throws IllegalArgumentException naming the networks there are
   */
  public Network open(String name) {
    NetworkSpec spec = manifest.networks().get(name);
    if (spec == null) {
      throw new IllegalArgumentException(
          "release "
              + manifest.key()
              + " has no network '"
              + name
              + "'; there are "
              + manifest.networks().keySet());
    }
    StateSnapshot flat = WeightsFile.network(file, name, spec, manifest.representation());
    Network opened = engine.network(spec);
    WeightsFile.fill(opened, flat, engine);
    return opened;
  }

  /** A state tensor it holds, such as a vocabulary. */
  public HostTensor tensor(String name) {
    return WeightsFile.tensor(file, name);
  }

  @Override
  public void close() {
    network.close();
  }
}
