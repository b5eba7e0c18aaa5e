package io.millrace.learner.torch;

import io.millrace.learner.tensor.ForwardPass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
final class TorchActivations extends ForwardPass<TorchTensor> {
  private final TorchTensors tensors;
  private final String network;
  private final List<Tensor> leaves;
  private final Tensor input;
  private final Map<String, Tensor> taps;

  /**
   * Takes references of its own to input and taps.
   *
   * @param network its name, for errors
   * @param leaves the network's parameters that gradients are wanted for
   */
  TorchActivations(
      TorchTensors tensors,
      String network,
      List<Tensor> leaves,
      boolean keepsGraph,
      Tensor input,
      Map<String, Tensor> taps) {
    super(network, tensors.scopes(), keepsGraph);
    this.tensors = tensors;
    this.network = network;
    this.leaves = leaves;
    this.input = input;
    this.taps = taps;
    input.retainReference();
    taps.values().forEach(Pointer::retainReference);
  }

  @Override
  protected Set<String> names() {
    return taps.keySet();
  }

  @Override
  protected TorchTensor surface(String name) {
    return tensors.unscoped("tap", taps.get(name)::detach);
  }

  @Override
  protected @Nullable TorchTensor goBack(
      Map<String, TorchTensor> gradients, boolean wantInput, boolean accumulateParameters) {
    List<Tensor> roots = new ArrayList<>();
    List<Tensor> derivatives = new ArrayList<>();
    gradients.forEach(
        (name, gradient) -> {
          roots.add(taps.get(name));
          derivatives.add(gradient.data());
        });
    tensors.context().useThreads();
    if (accumulateParameters && !leaves.isEmpty()) {
      accumulate(roots, derivatives, wantInput);
      return wantInput ? tensors.made("backward", this::inputGradient) : null;
    }
    return wantInput ? tensors.made("backward", () -> onlyInput(roots, derivatives)) : null;
  }

  private void accumulate(List<Tensor> roots, List<Tensor> derivatives, boolean wantInput) {
    Native.run(
        "backward through network " + network,
        () -> {
          // Named leaves only: where the input's derivative is not wanted, it is not computed.
          TensorVector wanted = vector(leaves);
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

  @Override
  protected void release() {
    taps.values().forEach(Pointer::releaseReference);
    input.releaseReference();
  }
}
