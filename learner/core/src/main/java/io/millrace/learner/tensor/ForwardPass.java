package io.millrace.learner.tensor;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * For engines: what a forward pass promises on every engine. Taps are known by name and surface
 * once; it goes back once at the most; it is closed once.
 *
 * @param <T> the engine's class of tensors
 */
public abstract class ForwardPass<T extends EngineTensor<T>> implements Activations {
  private final String network;
  private final Scopes<T> scopes;
  private final boolean keepsGraph;
  private final Map<String, T> surfaced = new HashMap<>();
  private boolean wentBack;
  private boolean closed;

  /**
   * @param network its name, for errors
   * @param keepsGraph whether it can go back
   */
  protected ForwardPass(String network, Scopes<T> scopes, boolean keepsGraph) {
    this.network = network;
    this.scopes = scopes;
    this.keepsGraph = keepsGraph;
  }

  /** Names of what can be read, {@link #OUTPUT} among them. */
  protected abstract Set<String> names();

  /** What has this name, in no scope; closed with the pass. */
  protected abstract T surface(String name);

  /**
   * Goes back.
   *
   * @param gradients by name, one at least, of the shapes of what they are derivatives by
   * @return the derivative by the input, where it is wanted
   */
  protected abstract @Nullable T goBack(
      Map<String, T> gradients, boolean wantInput, boolean accumulateParameters);

  /** Lets go of everything but what has surfaced, once. */
  protected abstract void release();

  /** What has surfaced so far. */
  protected final Iterable<T> surfaced() {
    return surfaced.values();
  }

  @Override
  public final Tensor tap(String name) {
    return surfacedAs(name);
  }

  private T surfacedAs(String name) {
    requireOpen();
    if (!names().contains(name)) {
      throw new IllegalArgumentException(
          "network " + network + " has no tap '" + name + "': it has " + new TreeSet<>(names()));
    }
    return surfaced.computeIfAbsent(name, this::surface);
  }

  @Override
  public final @Nullable Tensor backward(
      Map<String, Tensor> gradients, boolean wantInput, boolean accumulateParameters) {
    requireGraph();
    var fitting = new LinkedHashMap<String, T>();
    gradients.forEach((name, gradient) -> fitting.put(name, fitting(name, gradient)));
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException(
          "backward through network " + network + ": no gradients given");
    }
    wentBack = true;
    return wantInput || accumulateParameters
        ? goBack(fitting, wantInput, accumulateParameters)
        : null;
  }

  private T fitting(String name, Tensor gradient) {
    long[] shape = surfacedAs(name).lengths();
    if (!Arrays.equals(shape, gradient.shape())) {
      throw new IllegalArgumentException(
          "backward through network "
              + network
              + ": gradient of '"
              + name
              + "' has shape "
              + Shapes.text(gradient.shape())
              + ": expected "
              + Shapes.text(shape));
    }
    T own = scopes.own(gradient);
    own.requireOpen();
    return own;
  }

  private void requireGraph() {
    requireOpen();
    String pass = "forward pass through network " + network;
    if (!keepsGraph) {
      throw new IllegalStateException(pass + " kept no graph: ask for it in forward()");
    }
    if (wentBack) {
      throw new IllegalStateException(pass + " went back already: its graph is freed");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("activations of network " + network + " are closed");
    }
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      surfaced.values().forEach(EngineTensor::close);
      release();
    }
  }
}
