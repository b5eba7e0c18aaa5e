package io.millrace.learner.release;

import io.millrace.learner.checkpoint.FormerNames;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a weights file holds: the representation's tensors under torchvision's names, so that
 * PyTorch loads them as they are ({@code num_batches_tracked} included); the other networks' under
 * {@code <network>.}; state tensors under their own names.
 */
final class WeightsFile {
  private static final String TENSORS = "tensor.";

  private WeightsFile() {}

  /** Cuts the flat vectors of a snapshot into named tensors. */
  static SafeTensors of(
      StateSnapshot state,
      Map<String, NetworkSpec> networks,
      String representation,
      Collection<String> tensors,
      long updates,
      Map<String, String> metadata) {
    var out = new LinkedHashMap<String, HostTensor>();
    put(out, "", state, representation, spec(networks, representation), updates);
    networks.forEach(
        (name, spec) -> {
          if (!name.equals(representation)) {
            put(out, name + ".", state, name, spec, updates);
          }
        });
    for (String name : tensors) {
      HostTensor tensor = state.tensors().get(name);
      if (tensor == null) {
        throw new IllegalArgumentException(
            "no tensor '" + name + "' to release; there are " + state.tensors().keySet());
      }
      out.put(TENSORS + name, tensor);
    }
    return new SafeTensors(metadata, out);
  }

  /** Puts a network's named tensors together again: {@code parameters} and {@code statistics}. */
  static StateSnapshot network(
      SafeTensors file, String name, NetworkSpec spec, String representation) {
    String prefix = name.equals(representation) ? "" : name + ".";
    SegmentLayout layout = SegmentLayout.of(spec);
    return new StateSnapshot(
        Map.of(
            "parameters", join(file, prefix, layout.parameters(), layout.parameterCount()),
            "statistics", join(file, prefix, layout.statistics(), layout.statisticCount())),
        Map.of(),
        Map.of());
  }

  /** The representation's tensors by torchvision's names, {@code num_batches_tracked} included. */
  static Map<String, HostTensor> representation(SafeTensors file, NetworkSpec spec) {
    var out = new LinkedHashMap<String, HostTensor>();
    SegmentLayout layout = SegmentLayout.of(spec);
    layout.parameters().forEach(s -> out.put(s.name(), there(file, s.name())));
    for (Segment segment : layout.statistics()) {
      out.put(segment.name(), there(file, segment.name()));
      if (segment.kind() == Segment.Kind.RUNNING_VARIANCE) {
        out.put(batches(segment), there(file, batches(segment)));
      }
    }
    return out;
  }

  /** Writes what {@link #network} put together into a network of the same specification. */
  static void fill(Network network, StateSnapshot flat, Engine engine) {
    try (var scope = engine.scope()) {
      network.parameters().copyIn(device(values(flat, "parameters"), engine));
      network.statistics().copyIn(device(values(flat, "statistics"), engine));
    }
  }

  private static Tensor device(Object values, Engine engine) {
    return values instanceof double[] v
        ? engine.tensor(v, v.length)
        : engine.tensor((float[]) values, ((float[]) values).length);
  }

  /** A state tensor of the file. */
  static HostTensor tensor(SafeTensors file, String name) {
    return there(file, TENSORS + name);
  }

  private static void put(
      Map<String, HostTensor> out,
      String prefix,
      StateSnapshot state,
      String network,
      NetworkSpec spec,
      long updates) {
    SegmentLayout layout = SegmentLayout.of(spec);
    Object parameters = values(state, network + ".parameters");
    for (Segment segment : layout.parameters()) {
      out.put(prefix + segment.name(), cut(parameters, segment));
    }
    Object statistics = values(state, network + ".statistics");
    for (Segment segment : layout.statistics()) {
      out.put(prefix + segment.name(), cut(statistics, segment));
      if (segment.kind() == Segment.Kind.RUNNING_VARIANCE) {
        out.put(prefix + batches(segment), new HostTensor(List.of(), new long[] {updates}));
      }
    }
  }

  /** The name PyTorch's batch normalization counts its batches under. */
  private static String batches(Segment runningVariance) {
    String name = runningVariance.name();
    return name.substring(0, name.lastIndexOf('.') + 1) + "num_batches_tracked";
  }

  private static Object values(StateSnapshot state, String name) {
    HostTensor tensor = state.tensors().get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "no tensor '" + name + "' in the state; there are " + state.tensors().keySet());
    }
    return tensor.values();
  }

  private static HostTensor cut(Object flat, Segment segment) {
    int from = Math.toIntExact(segment.offset());
    int length = Math.toIntExact(segment.size());
    Object part = flat instanceof double[] ? new double[length] : new float[length];
    System.arraycopy(flat, from, part, 0, length);
    return new HostTensor(segment.shape(), part);
  }

  private static HostTensor join(
      SafeTensors file, String prefix, List<Segment> segments, long count) {
    boolean wide =
        !segments.isEmpty()
            && there(file, prefix + segments.get(0).name()).values() instanceof double[];
    Object flat = wide ? new double[(int) count] : new float[(int) count];
    for (Segment segment : segments) {
      HostTensor tensor = there(file, prefix + segment.name());
      if (!tensor.shape().equals(segment.shape())) {
        throw new IllegalArgumentException(
            "tensor "
                + prefix
                + segment.name()
                + " has shape "
                + tensor.shape()
                + ", expected "
                + segment.shape());
      }
      System.arraycopy(tensor.values(), 0, flat, (int) segment.offset(), (int) segment.size());
    }
    return HostTensor.vector(flat);
  }

  private static HostTensor there(SafeTensors file, String name) {
    HostTensor tensor = FormerNames.find(name, file.tensors());
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor '" + name + "' in the weights file");
    }
    return tensor;
  }

  /** The specification under this name. */
  static NetworkSpec spec(Map<String, NetworkSpec> networks, String name) {
    NetworkSpec spec = networks.get(name);
    if (spec == null) {
      throw new IllegalArgumentException(
          "no network '" + name + "' to release; there are " + networks.keySet());
    }
    return spec;
  }
}
