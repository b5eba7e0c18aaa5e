package io.millrace.learner.torch;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A network whose layers' parameters are leaves that share storage with the flat vector, each with
 * a gradient that shares storage with the flat gradient: libtorch adds to it in place.
 */
final class TorchNetwork implements Network {
  private final TorchTensors tensors;
  private final TorchContext context;
  private final NetworkSpec spec;
  private final SegmentLayout layout;
  private final TorchTensor parameters;
  private final TorchTensor gradients;
  private final TorchTensor statistics;
  private final List<Tensor> leaves = new ArrayList<>();
  private final Natives natives = new Natives();
  private final CompiledSequence steps;
  private final boolean ownsParameters;
  private boolean closed;

  TorchNetwork(TorchTensors tensors, NetworkSpec spec) {
    this(tensors, spec, null);
  }

  private TorchNetwork(TorchTensors tensors, NetworkSpec spec, @Nullable TorchTensor shared) {
    this.tensors = tensors;
    this.context = tensors.context();
    this.spec = spec;
    layout = SegmentLayout.of(spec);
    ownsParameters = shared == null;
    parameters = shared == null ? zeros(layout.parameterCount()) : shared;
    gradients = zeros(layout.parameterCount());
    statistics = zeros(layout.statisticCount());
    var views = new HashMap<String, Tensor>();
    for (Segment segment : layout.parameters()) {
      Tensor leaf = leaf(segment);
      leaves.add(leaf);
      views.put(segment.name(), leaf);
    }
    for (Segment segment : layout.statistics()) {
      // With a version counter of its own, so that setting statistics from outside is no offence to
      // a graph that saved them.
      Tensor view = natives.own(() -> view(statistics, segment).variable_data());
      if (segment.kind() == Segment.Kind.RUNNING_VARIANCE) {
        torch.fill_(view, natives.scalar(1));
      }
      views.put(segment.name(), view);
    }
    steps = LayerCompiler.of(spec, views, natives, context.storage());
  }

  private TorchTensor zeros(long length) {
    return tensors.unscoped("network", () -> torch.zeros(new long[] {length}, context.options()));
  }

  private static Tensor view(TorchTensor flat, Segment segment) {
    return flat.data().narrow(0, segment.offset(), segment.size()).view(segment.lengths());
  }

  private Tensor leaf(Segment segment) {
    return natives.own(
        () -> {
          Tensor leaf = view(parameters, segment).detach();
          leaf.set_requires_grad(true);
          leaf.mutable_grad().put(view(gradients, segment));
          return leaf;
        });
  }

  @Override
  public NetworkSpec spec() {
    return spec;
  }

  @Override
  public SegmentLayout layout() {
    return layout;
  }

  @Override
  public io.millrace.learner.tensor.Tensor parameters() {
    return parameters;
  }

  @Override
  public io.millrace.learner.tensor.Tensor gradients() {
    return gradients;
  }

  @Override
  public io.millrace.learner.tensor.Tensor statistics() {
    return statistics;
  }

  @Override
  public Activations forward(io.millrace.learner.tensor.Tensor x, Mode mode, boolean keepGraph) {
    if (closed) {
      throw new IllegalStateException("network " + spec.name() + " is closed");
    }
    Tensor input = tensors.data(x);
    spec.requireInput(x.shape());
    context.useThreads();
    boolean recording = GradMode.is_enabled();
    try (var temporaries = new PointerScope();
        var autocast = new Autocast(context)) {
      GradMode.set_enabled(keepGraph);
      Tensor leaf = input.detach();
      if (keepGraph) {
        leaf.set_requires_grad(true);
      }
      Tensor first =
          context.channelsLast() && leaf.dim() == 4
              ? leaf.contiguous(MemoryFormat.ChannelsLast)
              : leaf;
      var taps = new HashMap<String, Tensor>();
      Tensor last = steps.run(first, new PassMode(mode), false, taps::put);
      taps.put(Activations.OUTPUT, last);
      return new TorchActivations(
          tensors, spec.name(), leaves, keepGraph, leaf, inStorageType(taps));
    } catch (RuntimeException e) {
      throw Native.readable("network " + spec.name() + " on " + Shapes.text(x.shape()), e);
    } finally {
      GradMode.set_enabled(recording);
    }
  }

  /** Half precision never surfaces. */
  private Map<String, Tensor> inStorageType(Map<String, Tensor> taps) {
    ScalarType type = context.storage();
    taps.replaceAll((name, tap) -> tap.scalar_type() == type ? tap : tap.to(type));
    return taps;
  }

  @Override
  public void clearGradients() {
    gradients.fillIn(0);
  }

  /** Its leaves lie in the same storage. */
  @Override
  public Optional<Network> twin() {
    return Optional.of(new TorchNetwork(tensors, spec, parameters));
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    natives.close();
    if (ownsParameters) {
      parameters.close();
    }
    gradients.close();
    statistics.close();
  }
}
