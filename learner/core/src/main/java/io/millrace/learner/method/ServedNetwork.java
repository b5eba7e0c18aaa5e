package io.millrace.learner.method;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Engine;
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
 * something into it ({@link Method#fold}), one of its stages represents images ({@link
 * Method#servedLayer}) or its features are whitened a copy, made anew at each call.
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
  private @Nullable Whitening whitening;

  public ServedNetwork(Method method, MethodState state) {
    this.method = method;
    this.state = state;
  }

  /** Gives it a last layer that whitens, or none; it holds until it is set anew. */
  public void whiten(@Nullable Whitening layer) {
    whitening = layer;
  }

  private boolean isTruncated() {
    return !method.servedLayer().equals(OUTPUT);
  }

  private boolean isPart() {
    return isTruncated() || whitening != null;
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
    NetworkSpec spec = spec(learned.spec());
    Network served = copy;
    if (served == null || !served.spec().equals(spec)) {
      if (served != null) {
        served.close();
      }
      served = state.engine().network(spec);
      copy = served;
    }
    Whitening last = whitening;
    if (last == null) {
      Truncation.copy(learned, served);
    } else {
      copy(learned, served, last);
    }
    if (method.folds()) {
      method.fold(served, state.engine());
    }
    return served;
  }

  private NetworkSpec spec(NetworkSpec learned) {
    NetworkSpec body = isTruncated() ? Truncation.of(learned, method.servedLayer(), PART) : learned;
    Whitening last = whitening;
    return last == null ? body : last.after(body, PART);
  }

  /** The learned network's first parameters, then the whitening's. */
  private void copy(Network learned, Network served, Whitening last) {
    Engine engine = state.engine();
    long own = served.layout().parameterCount() - last.weight().length - last.bias().length;
    try (var scope = engine.scope()) {
      served
          .parameters()
          .copyIn(
              engine.concat(
                  0,
                  List.of(
                      learned.parameters().slice(0, 0, own),
                      engine.tensor(last.weight(), last.weight().length),
                      engine.tensor(last.bias(), last.bias().length))));
      long statistics = served.layout().statisticCount();
      if (statistics > 0) {
        served.statistics().copyIn(learned.statistics().slice(0, 0, statistics));
      }
    }
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
