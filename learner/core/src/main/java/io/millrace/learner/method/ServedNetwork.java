package io.millrace.learner.method;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Network;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A state's representation as serving runs it: the network itself, or where the method folds
 * something into it ({@link Method#fold}) a copy, made anew at each call.
 */
public final class ServedNetwork implements AutoCloseable {
  private final Method method;
  private final MethodState state;
  private @Nullable Network folded;

  public ServedNetwork(Method method, MethodState state) {
    this.method = method;
    this.state = state;
  }

  /** The network as it is now; valid until the next update or call. */
  public Network now() {
    Network learned = state.network(method.representation());
    if (!method.folds()) {
      return learned;
    }
    Network copy = folded;
    if (copy == null) {
      copy = state.engine().network(learned.spec());
      folded = copy;
    }
    copy.parameters().copyIn(learned.parameters());
    copy.statistics().copyIn(learned.statistics());
    method.fold(copy, state.engine());
    return copy;
  }

  /** The state off the device, with the representation as it is served. */
  public StateSnapshot release() {
    StateSnapshot all = state.snapshot();
    if (!method.folds()) {
      return all;
    }
    Network served = now();
    var tensors = new HashMap<>(all.tensors());
    String name = method.representation();
    tensors.put(name + ".parameters", host(served.parameters().toDoubles(), all, name));
    tensors.put(name + ".statistics", host(served.statistics().toDoubles(), all, name));
    return new StateSnapshot(tensors, all.counters(), all.scalars());
  }

  /** In the precision that the state is kept in. */
  private static HostTensor host(double[] values, StateSnapshot all, String name) {
    Object like = all.tensors().get(name + ".parameters").values();
    if (like instanceof double[]) {
      return new HostTensor(List.of((long) values.length), values);
    }
    float[] single = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      single[i] = (float) values[i];
    }
    return new HostTensor(List.of((long) values.length), single);
  }

  @Override
  public void close() {
    Network copy = folded;
    if (copy != null) {
      copy.close();
    }
  }
}
