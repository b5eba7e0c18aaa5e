package io.millrace.learner.torch;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The graph of one forward pass. Surfaced taps are detached; the graph hangs on the originals,
 * which live until this is closed.
 */
final class TorchActivations implements Activations {
  private final TorchNetwork network;
  private final boolean keepsGraph;
  private final Tensor input;
  private final Map<String, Tensor> taps;
  private final Map<String, TorchTensor> surfaced = new HashMap<>();
  private boolean wentBack;
  private boolean closed;

  /** Takes references of its own to the tensors. */
  TorchActivations(
      TorchNetwork network, boolean keepsGraph, Tensor input, Map<String, Tensor> taps) {
    this.network = network;
    this.keepsGraph = keepsGraph;
    this.input = input;
    this.taps = taps;
    input.retainReference();
    taps.values().forEach(Pointer::retainReference);
  }

  @Override
  public TorchTensor tap(String name) {
    Tensor tap = graphOf(name);
    return surfaced.computeIfAbsent(name, n -> network.engine().unscoped("tap", tap::detach));
  }

  private Tensor graphOf(String name) {
    requireOpen();
    Tensor tap = taps.get(name);
    if (tap == null) {
      throw new IllegalArgumentException(
          "network "
              + network.spec().name()
              + " has no tap '"
              + name
              + "': it has "
              + new TreeSet<>(taps.keySet()));
    }
    return tap;
  }

  @Override
  public io.millrace.learner.tensor.@Nullable Tensor backward(
      Map<String, io.millrace.learner.tensor.Tensor> gradients,
      boolean wantInput,
      boolean accumulateParameters) {
    requireGraph();
    List<Tensor> roots = new ArrayList<>();
    List<Tensor> derivatives = new ArrayList<>();
    gradients.forEach(
        (name, gradient) -> {
          roots.add(graphOf(name));
          derivatives.add(fitting(name, gradient));
        });
    boolean wantParameters = accumulateParameters && network.hasParameters();
    if (roots.isEmpty()) {
      throw new IllegalArgumentException(
          "backward through network " + network.spec().name() + ": no gradients given");
    }
    wentBack = true;
    network.engine().useThreads();
    if (wantParameters) {
      accumulate(roots, derivatives, wantInput);
      return wantInput ? network.engine().made("backward", this::inputGradient) : null;
    }
    return wantInput
        ? network.engine().made("backward", () -> onlyInput(roots, derivatives))
        : null;
  }

  private Tensor fitting(String name, io.millrace.learner.tensor.Tensor gradient) {
    long[] shape = tap(name).shape();
    if (!Arrays.equals(shape, gradient.shape())) {
      throw new IllegalArgumentException(
          "backward through network "
              + network.spec().name()
              + ": gradient of '"
              + name
              + "' has shape "
              + Shapes.text(gradient.shape())
              + ": expected "
              + Shapes.text(shape));
    }
    return network.engine().own(gradient).data();
  }

  private void accumulate(List<Tensor> roots, List<Tensor> derivatives, boolean wantInput) {
    Native.run(
        "backward through network " + network.spec().name(),
        () -> {
          // Named leaves only: where the input's derivative is not wanted, it is not computed.
          TensorVector wanted = network.leaves();
          if (wantInput) {
            wanted.push_back(input);
          }
          torch.backward(
              vector(roots), vector(derivatives), new BoolOptional(false), false, wanted);
        });
  }

  private Tensor inputGradient() {
    return new Tensor(input.grad());
  }

  private Tensor onlyInput(List<Tensor> roots, List<Tensor> derivatives) {
    TensorVector result =
        torch.grad(
            vector(roots),
            new TensorVector(input),
            vector(derivatives),
            new BoolOptional(false),
            false,
            false);
    return new Tensor(result.get(0));
  }

  private static TensorVector vector(List<Tensor> tensors) {
    return new TensorVector(tensors.toArray(Tensor[]::new));
  }

  private void requireGraph() {
    requireOpen();
    String pass = "forward pass through network " + network.spec().name();
    if (!keepsGraph) {
      throw new IllegalStateException(pass + " kept no graph: ask for it in forward()");
    }
    if (wentBack) {
      throw new IllegalStateException(pass + " went back already: its graph is freed");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "activations of network " + network.spec().name() + " are closed");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    surfaced.values().forEach(TorchTensor::close);
    taps.values().forEach(Pointer::releaseReference);
    input.releaseReference();
  }
}
