package io.millrace.learner.method;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Truncation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A state's representation as serving runs it: the network itself, or where the method folds
 * something into it ({@link Method#fold}) or one of its stages represents images ({@link
 * Method#servedLayer}) a copy, made anew at each call.
 */
public final class ServedNetwork implements AutoCloseable {
  /** Name of a first part of the representation, in releases that have the whole beside it. */
  public static final String PART = "served";

  /** Where a release's provenance names the network that the part is of. */
  public static final String WHOLE = "representationOf";

  private static final String OUTPUT = "output";

  private final Method method;
  private final MethodState state;
  private @Nullable Network copy;

  public ServedNetwork(Method method, MethodState state) {
    this.method = method;
    this.state = state;
  }

  private boolean isPart() {
    return !method.servedLayer().equals(OUTPUT);
  }

  /** Its name in a release. */
  public String name() {
    return isPart() ? PART : method.representation();
  }

  /** The network as it is now; valid until the next update or call. */
  public Network now() {
    Network learned = state.network(method.representation());
    if (!isPart() && !method.folds()) {
      return learned;
    }
    Network served = copy;
    if (served == null) {
      NetworkSpec spec =
          isPart() ? Truncation.of(learned.spec(), method.servedLayer(), PART) : learned.spec();
      served = state.engine().network(spec);
      copy = served;
    }
    Truncation.copy(learned, served);
    if (method.folds()) {
      method.fold(served, state.engine());
    }
    return served;
  }

  /** The networks of a release by name. */
  public Map<String, NetworkSpec> networks() {
    var out = new TreeMap<String, NetworkSpec>();
    state
        .networks()
        .forEach(
            (name, network) -> {
              if (method.releases(name)) {
                out.put(name, network.spec());
              }
            });
    out.put(name(), now().spec());
    return out;
  }

  /** The state off the device, with the representation as it is served. */
  public StateSnapshot release() {
    StateSnapshot all = state.snapshot();
    if (!isPart() && !method.folds()) {
      return all;
    }
    Network served = now();
    var tensors = new HashMap<>(all.tensors());
    Object like = all.tensors().get(method.representation() + ".parameters").values();
    tensors.put(name() + ".parameters", host(served.parameters().toDoubles(), like));
    tensors.put(name() + ".statistics", host(served.statistics().toDoubles(), like));
    return new StateSnapshot(tensors, all.counters(), all.scalars());
  }

  /** In the precision that the state is kept in. */
  private static HostTensor host(double[] values, Object like) {
    List<Long> shape = List.of((long) values.length);
    if (like instanceof double[]) {
      return new HostTensor(shape, values);
    }
    float[] single = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      single[i] = (float) values[i];
    }
    return new HostTensor(shape, single);
  }

  @Override
  public void close() {
    Network served = copy;
    if (served != null) {
      served.close();
    }
  }
}
