package io.millrace.serving.embed;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.ReleasedModel;
import io.millrace.learner.method.registry.AuxiliaryHooks;
import io.millrace.learner.method.registry.MethodConfig;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A release on an engine: its representation at once, its other networks, its tensors and its
 * method's hook when first asked for. Used by the thread that runs it alone.
 */
public final class ServedModel implements ReleasedModel, AutoCloseable {
  private final LoadedRelease release;
  private final ReleaseEmbedder embedder;
  private final Map<String, Network> networks = new HashMap<>();
  private final Map<String, Tensor> tensors = new HashMap<>();
  private final Map<String, Tensor> constants = new HashMap<>();
  private boolean allOpen;

  /**
   * @param release closed with this
   */
  ServedModel(LoadedRelease release) {
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
    return method(manifest).flatMap(Method::hook);
  }

  /**
   * All hooks of a manifest by the method whose loss they are; none where this build can't tell.
   */
  public static SortedMap<String, AuxiliaryHook> hooks(ReleaseManifest manifest) {
    return method(manifest)
        .map(method -> AuxiliaryHooks.of(method, manifest.featureDim()))
        .orElse(Collections.emptySortedMap());
  }

  private static Optional<Method> method(ReleaseManifest manifest) {
    String recipe = manifest.provenance().get(MethodConfig.KEY);
    if (recipe == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(MethodConfig.fromJson(recipe).create());
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
    if (!allOpen) {
      manifest().networks().keySet().forEach(this::network);
      manifest().tensors().forEach(this::tensor);
      allOpen = true;
    }
    if (!constants.keySet().containsAll(hook.constantNames())) {
      Map<String, HostTensor> values = new HashMap<>();
      try (var scope = engine().scope()) {
        hook.constants(this).forEach((name, tensor) -> values.put(name, host(tensor)));
      }
      values.forEach((name, value) -> constants.put(name, device(value)));
    }
    var of = new HashMap<String, Tensor>();
    hook.constantNames().forEach(name -> of.put(name, Objects.requireNonNull(constants.get(name))));
    return of;
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
    constants.values().forEach(Tensor::close);
    embedder.close();
  }
}
