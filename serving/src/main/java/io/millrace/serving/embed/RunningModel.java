package io.millrace.serving.embed;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.Recipe;
import io.millrace.learner.method.ReleasedModel;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A release on an engine: its representation at once, its other networks, its tensors and its
 * method's hook when first asked for. Used by the thread that runs it alone.
 */
public final class RunningModel implements ReleasedModel, AutoCloseable {
  private final LoadedRelease release;
  private final ReleaseEmbedder embedder;
  private final Map<String, Network> networks = new HashMap<>();
  private final Map<String, Tensor> tensors = new HashMap<>();
  private @Nullable Map<String, Tensor> constants;

  /**
   * @param release closed with this
   */
  RunningModel(LoadedRelease release) {
    this.release = release;
    this.embedder = new ReleaseEmbedder(release);
  }

  /** What is said of it. */
  public ReleaseManifest manifest() {
    return release.manifest();
  }

  /** Its representation. */
  public Embedder embedder() {
    return embedder;
  }

  /** The hook of a manifest's method; empty where there is none or this build cannot tell. */
  public static Optional<AuxiliaryHook> hook(ReleaseManifest manifest) {
    String recipe = manifest.provenance().get(Recipe.KEY);
    if (recipe == null) {
      return Optional.empty();
    }
    try {
      return Recipe.fromJson(recipe).create().hook();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Puts the other networks, the tensors and the hook's constants on the engine, once; to be called
   * outside any scope, so that they stay.
   *
   * @return the hook's inputs that depend on this release alone
   */
  public Map<String, Tensor> prepare(AuxiliaryHook hook) {
    Map<String, Tensor> known = constants;
    if (known == null) {
      manifest().networks().keySet().forEach(this::network);
      manifest().tensors().forEach(this::tensor);
      Map<String, HostTensor> values = new HashMap<>();
      try (var scope = engine().scope()) {
        hook.constants(this).forEach((name, tensor) -> values.put(name, host(tensor)));
      }
      known = new HashMap<>();
      for (Map.Entry<String, HostTensor> e : values.entrySet()) {
        known.put(e.getKey(), device(e.getValue()));
      }
      constants = known;
    }
    return known;
  }

  @Override
  public Engine engine() {
    return release.engine();
  }

  @Override
  public Network network(String name) {
    if (name.equals(manifest().representation())) {
      return release.network();
    }
    return networks.computeIfAbsent(name, release::open);
  }

  @Override
  public Tensor tensor(String name) {
    return tensors.computeIfAbsent(name, n -> device(release.tensor(n)));
  }

  private Tensor device(HostTensor host) {
    long[] shape = host.shape().stream().mapToLong(Long::longValue).toArray();
    return host.values() instanceof double[] wide
        ? engine().tensor(wide, shape)
        : engine().tensor((float[]) host.values(), shape);
  }

  private static HostTensor host(Tensor tensor) {
    return new HostTensor(Arrays.stream(tensor.shape()).boxed().toList(), tensor.toFloats());
  }

  @Override
  public void close() {
    networks.values().forEach(Network::close);
    tensors.values().forEach(Tensor::close);
    if (constants != null) {
      constants.values().forEach(Tensor::close);
    }
    embedder.close();
  }
}
