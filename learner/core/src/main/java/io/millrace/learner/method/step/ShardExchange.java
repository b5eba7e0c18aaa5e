package io.millrace.learner.method.step;

import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.ShardedNetworks;
import io.millrace.learner.group.Shards;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The exchange of one shard with the others, of this process and of its group. Outputs are
 * gathered, not graphs: the objective is evaluated over the whole batch, once in each process, and
 * each shard takes the gradient of its own rows.
 *
 * @param local number of the shard in this process
 */
record ShardExchange(Engine engine, ShardedNetworks networks, int local) implements Exchange {
  @Override
  public int shards() {
    return networks.shards().count();
  }

  @Override
  public int shard() {
    return networks.shards().from() + local;
  }

  @Override
  public Tensor gather(Tensor own) {
    return networks.team().together(local, own, this::gatherAll);
  }

  private Tensor gatherAll(List<Tensor> own) {
    long each = own.get(0).size(0);
    for (Tensor tensor : own) {
      if (!Arrays.equals(tensor.shape(), own.get(0).shape())) {
        throw new IllegalStateException(
            "shards gather shapes "
                + Arrays.toString(own.get(0).shape())
                + " and "
                + Arrays.toString(tensor.shape())
                + ": expected one");
      }
    }
    Shards shards = networks.shards();
    long[] rows = new long[shards.size()];
    Arrays.setAll(rows, rank -> each * (shards.from(rank + 1) - shards.from(rank)));
    return collectives().gather(engine.concat(0, own), rows);
  }

  private Collectives collectives() {
    return networks.collectives();
  }

  @Override
  public Tensor mean(Tensor own) {
    return networks
        .team()
        .together(
            local,
            own,
            (List<Tensor> all) -> {
              List<Tensor> copies = all.stream().map(Tensor::copy).toList(); // sums use them up
              return collectives().sum(networks.shards(), copies).mul(1.0 / shards());
            });
  }

  @Override
  public <R extends @Nullable Object> R once(Supplier<R> work) {
    return networks.team().together(local, this, all -> work.get());
  }

  @Override
  public <R extends @Nullable Object> R settled(Supplier<R> work) {
    return once(
        () -> {
          networks.settle();
          R result = work.get();
          networks.begin();
          return result;
        });
  }

  @Override
  public LossAndGradients evaluate(
      Objective objective, Map<String, Tensor> inputs, Set<String> shared) {
    LossAndGradients all =
        networks
            .team()
            .together(
                local,
                inputs,
                (List<Map<String, Tensor>> own) -> objective.evaluate(whole(own, shared)));
    var gradients = new HashMap<String, Tensor>();
    all.gradients()
        .forEach(
            (name, gradient) ->
                gradients.put(
                    name,
                    shared.contains(name)
                        ? firstAlone(gradient)
                        : rows(gradient, Objects.requireNonNull(inputs.get(name)).size(0))));
    return new LossAndGradients(all.loss(), gradients, all.metrics());
  }

  /** Inputs of all shards, in the order of names: each is an exchange of its own. */
  private Map<String, Tensor> whole(List<Map<String, Tensor>> own, Set<String> shared) {
    var whole = new TreeMap<>(own.get(0));
    whole.replaceAll(
        (name, first) ->
            shared.contains(name)
                ? first
                : gatherAll(own.stream().map(of -> Objects.requireNonNull(of.get(name))).toList()));
    return whole;
  }

  private Tensor rows(Tensor gradient, long rows) {
    return gradient.slice(0, shard() * rows, (shard() + 1) * rows);
  }

  private Tensor firstAlone(Tensor gradient) {
    return shard() == 0 ? gradient : gradient.mul(0);
  }
}
