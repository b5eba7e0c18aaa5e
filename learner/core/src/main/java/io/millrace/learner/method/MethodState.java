package io.millrace.learner.method;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.ShardedNetworks;
import io.millrace.learner.group.Shards;
import io.millrace.learner.tensor.DType;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All a method carries from one update to the next, under names: networks, tensors (optimizer
 * velocity, vocabulary, center, queue), counters and scalars. Explicit, so that a checkpoint is a
 * copy of it.
 */
public final class MethodState implements AutoCloseable {
  /** Scalar that every learning rate is multiplied by; 1 where it is missing. */
  public static final String RATE_FACTOR = "rateFactor";

  /** Counter of how often the schedules of the learning rate began anew. */
  public static final String REWARMS = "rewarms";

  /** Event, and its counter: the stream was found to have drifted. */
  public static final String DRIFTS = "drifts";

  /** Event, and its counter: the model was released. */
  public static final String RELEASES = "releases";

  private final Engine engine;
  private final Map<String, Network> networks;
  private final Map<String, Tensor> tensors;
  private final Map<String, Long> counters;
  private final Map<String, Double> scalars;
  private final Set<String> optional;
  private final String prefix;
  private final Set<String> shared;
  private @Nullable ShardedNetworks distributed;

  public MethodState(Engine engine) {
    this.engine = engine;
    networks = new LinkedHashMap<>();
    tensors = new LinkedHashMap<>();
    counters = new TreeMap<>();
    scalars = new TreeMap<>();
    optional = new HashSet<>();
    prefix = "";
    shared = Set.of();
  }

  private MethodState(MethodState whole, String prefix, Set<String> shared) {
    engine = whole.engine;
    networks = whole.networks;
    tensors = whole.tensors;
    counters = whole.counters;
    scalars = whole.scalars;
    optional = whole.optional;
    this.prefix = prefix;
    this.shared = Set.copyOf(shared);
  }

  private MethodState(MethodState whole, Map<String, Network> networks) {
    engine = whole.engine;
    this.networks = networks;
    tensors = whole.tensors;
    counters = whole.counters;
    scalars = whole.scalars;
    optional = whole.optional;
    prefix = whole.prefix;
    shared = whole.shared;
  }

  /**
   * Shares every step from now on out to logical shards: this process computes its own, and
   * exchanges with the others of its group. One shard is a step as it was before.
   */
  public void distribute(Shards shards, Collectives collectives) {
    ShardedNetworks before = distributed;
    if (before != null) {
      before.close();
    }
    distributed =
        shards.count() == 1 ? null : new ShardedNetworks(engine, networks, shards, collectives);
  }

  /** How steps are shared out; null where they are not. */
  public @Nullable ShardedNetworks distributed() {
    return distributed;
  }

  /** This state as a shard of a step sees it: with networks of its own on the same parameters. */
  public MethodState onNetworks(Map<String, Network> ofShard) {
    return new MethodState(this, ofShard);
  }

  /** The same part of this state as another is of its whole. */
  public MethodState likePart(MethodState part) {
    return part(part.prefix, part.shared);
  }

  /**
   * This state as one of the methods sees it that share it: what such a method calls {@code x} is
   * {@code <prefix>x} here, but for what it shares. Whatever speaks of everything (snapshots,
   * {@link #networks}, closing) speaks of the whole.
   */
  public MethodState part(String partPrefix, Set<String> sharedNames) {
    return new MethodState(this, partPrefix, sharedNames);
  }

  /** Whether this is a part that shares what has this name. */
  public boolean shares(String name) {
    return shared.contains(name);
  }

  private String key(String name) {
    return shared.contains(name) ? name : prefix + name;
  }

  /** The engine everything here lives on. */
  public Engine engine() {
    return engine;
  }

  /** Adds a network under a name of its own; it is closed with this state. */
  public Network add(String name, Network network) {
    if (networks.putIfAbsent(key(name), network) != null) {
      throw new IllegalArgumentException("two networks are named '" + key(name) + "'");
    }
    return network;
  }

  /**
   * Adds a tensor of any shape under a name of its own; it must be outside any scope, and is closed
   * with this state.
   */
  public Tensor add(String name, Tensor tensor) {
    if (tensors.putIfAbsent(key(name), tensor) != null) {
      throw new IllegalArgumentException("two tensors are named '" + key(name) + "'");
    }
    return tensor;
  }

  /**
   * Says that snapshots of an earlier Millrace may lack a tensor: {@link #restore} then leaves it
   * as it is in a fresh state.
   */
  public void mayLack(String tensor) {
    optional.add(key(tensor));
  }

  public Network network(String name) {
    return there(networks, key(name), "network");
  }

  public Tensor tensor(String name) {
    return there(tensors, key(name), "tensor");
  }

  /** Every network by name; not to be changed. */
  public Map<String, Network> networks() {
    return Collections.unmodifiableMap(networks);
  }

  /** Every tensor that is not a network's. */
  Collection<Tensor> tensors() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  public long counter(String name) {
    return counters.getOrDefault(key(name), 0L);
  }

  /** Makes {@link #happened} count an event from now on. */
  public void listenTo(String event) {
    counters.putIfAbsent(key(event), 0L);
  }

  /**
   * Counts an event where the method listens to it. What it does not listen to leaves no trace:
   * such events may depend on stops and on the clock.
   */
  public void happened(String event) {
    counters.computeIfPresent(key(event), (name, count) -> count + 1);
  }

  public void counter(String name, long value) {
    counters.put(key(name), value);
  }

  public double scalar(String name) {
    return there(scalars, key(name), "scalar");
  }

  /** The scalar of this name, or another value where there is none. */
  public double scalarOr(String name, double otherwise) {
    return scalars.getOrDefault(key(name), otherwise);
  }

  public void scalar(String name, double value) {
    scalars.put(key(name), value);
  }

  /** A copy of all counters. */
  Map<String, Long> counters() {
    return Map.copyOf(counters);
  }

  /** A copy of all scalars. */
  Map<String, Double> scalars() {
    return Map.copyOf(scalars);
  }

  /** Takes over other counters and scalars. */
  void replace(Map<String, Long> newCounters, Map<String, Double> newScalars) {
    counters.clear();
    counters.putAll(newCounters);
    scalars.clear();
    scalars.putAll(newScalars);
  }

  /** A copy off the device. */
  public StateSnapshot snapshot() {
    var out = new LinkedHashMap<String, HostTensor>();
    networks.forEach(
        (name, network) -> {
          out.put(name + ".parameters", host(network.parameters()));
          out.put(name + ".statistics", host(network.statistics()));
        });
    tensors.forEach((name, tensor) -> out.put(name, host(tensor)));
    return new StateSnapshot(out, counters, scalars);
  }

  /**
   * Takes over a snapshot of a state built by the same method with the same settings.
   *
   * @throws IllegalArgumentException naming a tensor that is missing, left over or of another
   *     shape; nothing has changed then
   */
  public void restore(StateSnapshot saved) {
    var targets = new LinkedHashMap<String, Tensor>();
    networks.forEach(
        (name, network) -> {
          targets.put(name + ".parameters", network.parameters());
          targets.put(name + ".statistics", network.statistics());
        });
    targets.putAll(tensors);
    StateSnapshot snapshot = // names may be old
        saved.under(targets.keySet(), counters.keySet(), scalars.keySet());
    targets
        .keySet()
        .removeIf(name -> optional.contains(name) && !snapshot.tensors().containsKey(name));
    if (!targets.keySet().equals(snapshot.tensors().keySet())) {
      throw new IllegalArgumentException(
          "the snapshot holds tensors "
              + new TreeMap<>(snapshot.tensors()).keySet()
              + ", this method's state has "
              + new TreeMap<>(targets).keySet());
    }
    targets.forEach(
        (name, tensor) -> {
          List<Long> shape = boxed(tensor.shape());
          if (!shape.equals(snapshot.tensors().get(name).shape())) {
            throw new IllegalArgumentException(
                "tensor "
                    + name
                    + " has shape "
                    + snapshot.tensors().get(name).shape()
                    + " in the snapshot, expected "
                    + shape);
          }
        });
    try (var scope = engine.scope()) {
      targets.forEach((name, tensor) -> tensor.copyIn(device(snapshot.tensors().get(name))));
    }
    replace(snapshot.counters(), snapshot.scalars());
  }

  private Tensor device(HostTensor host) {
    long[] shape = host.shape().stream().mapToLong(Long::longValue).toArray();
    if (host.values() instanceof float[] v) {
      return engine.tensor(v, shape);
    } else if (host.values() instanceof double[] v) {
      return engine.tensor(v, shape);
    }
    throw new IllegalArgumentException(
        "a state tensor of "
            + host.values().getClass().getSimpleName()
            + ": expected float[] or double[]");
  }

  private static HostTensor host(Tensor tensor) {
    return new HostTensor(
        boxed(tensor.shape()),
        tensor.dtype() == DType.FLOAT64 ? tensor.toDoubles() : tensor.toFloats());
  }

  private static List<Long> boxed(long[] shape) {
    var out = new ArrayList<Long>();
    for (long s : shape) {
      out.add(s);
    }
    return out;
  }

  private static <T> T there(Map<String, T> map, String name, String kind) {
    T value = map.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "no " + kind + " '" + name + "'; there are " + map.keySet());
    }
    return value;
  }

  @Override
  public void close() {
    ShardedNetworks shardNetworks = distributed;
    if (shardNetworks != null) {
      shardNetworks.close();
    }
    networks.values().forEach(Network::close);
    tensors.values().forEach(Tensor::close);
  }
}
