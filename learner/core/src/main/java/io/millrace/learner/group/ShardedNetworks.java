package io.millrace.learner.group;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The networks of a state as the shards of this process see them, and what brings them together:
 *
 * <pre>
 * begin   each shard starts from the statistics of the whole
 * …       every shard: forward by its own batch statistics, backward into its own gradients
 * settle  gradients ← Σ over all shards (not the mean: objectives are means over the whole batch)
 *         statistics ← mean over all shards
 * </pre>
 *
 * Sums go in the order of {@link ShardTree}: the same, bit for bit, for any number of processes.
 */
public final class ShardedNetworks implements AutoCloseable {
  private final Map<String, Network> whole;
  private final Shards shards;
  private final Collectives collectives;
  private final ShardTeam team;
  private final List<Map<String, Network>> byShard = new ArrayList<>();
  private final Map<Network, Network> copies = new LinkedHashMap<>();
  private final List<Network> made = new ArrayList<>();

  /**
   * @param whole the state's networks by name, to which settled gradients and statistics go
   */
  public ShardedNetworks(
      Engine engine, Map<String, Network> whole, Shards shards, Collectives collectives) {
    if (shards.size() != collectives.size() || shards.rank() != collectives.rank()) {
      throw new IllegalArgumentException(
          shards
              + " and a group whose rank "
              + collectives.rank()
              + " of "
              + collectives.size()
              + " this is: expected the same");
    }
    this.whole = Collections.unmodifiableMap(new LinkedHashMap<>(whole));
    this.shards = shards;
    this.collectives = collectives;
    this.team = new ShardTeam(shards.local());
    for (int i = 0; i < shards.local(); i++) {
      var mine = new LinkedHashMap<String, Network>();
      boolean first = i == 0;
      whole.forEach(
          (name, network) ->
              mine.put(name, new ShardNetwork(first ? network : twin(engine, network))));
      byShard.add(mine);
    }
  }

  private Network twin(Engine engine, Network network) {
    Network twin =
        network
            .twin()
            .orElseGet(
                () -> {
                  Network copy = engine.network(network.spec());
                  copies.put(copy, network);
                  return copy;
                });
    made.add(twin);
    return twin;
  }

  public Shards shards() {
    return shards;
  }

  public Collectives collectives() {
    return collectives;
  }

  /** Runs the shards of this process. */
  public ShardTeam team() {
    return team;
  }

  /** The networks of the i-th shard of this process, by name. */
  public Map<String, Network> networks(int i) {
    return byShard.get(i);
  }

  /** Readies the shards' networks for a step, or for what of it follows a {@link #settle}. */
  public void begin() {
    copies.forEach((copy, network) -> copy.parameters().copyIn(network.parameters()));
    for (var entry : whole.entrySet()) {
      Tensor statistics = entry.getValue().statistics();
      for (ShardNetwork network : of(entry.getKey())) {
        network.begin();
        if (statistics.size() > 0 && network.statistics() != statistics) {
          network.statistics().copyIn(statistics);
        }
      }
    }
  }

  /** Gives the whole the sum of all shards' gradients and the mean of their statistics. */
  public void settle() {
    for (var entry : whole.entrySet()) {
      Network network = entry.getValue();
      List<ShardNetwork> mine = of(entry.getKey());
      if (mine.get(0).learned()) {
        Tensor sum = collectives.sum(shards, mine.stream().map(ShardNetwork::gradients).toList());
        if (sum != network.gradients()) {
          network.gradients().copyIn(sum);
        }
        mine.subList(1, mine.size()).forEach(ShardNetwork::clearGradients);
      }
      if (mine.get(0).moved()) {
        Tensor sum = collectives.sum(shards, mine.stream().map(ShardNetwork::statistics).toList());
        network.statistics().copyIn(sum.mul(1.0 / shards.count()));
      }
    }
  }

  /** Drops what a step that failed has left in the gradients. */
  public void abandon() {
    byShard.forEach(mine -> mine.values().forEach(Network::clearGradients));
  }

  private List<ShardNetwork> of(String name) {
    var out = new ArrayList<ShardNetwork>();
    for (Map<String, Network> mine : byShard) {
      if (!(mine.get(name) instanceof ShardNetwork network)) {
        throw new IllegalStateException("no network '" + name + "' of a shard");
      }
      out.add(network);
    }
    return out;
  }

  /** Closes what was made for the shards; the state's networks stay. */
  @Override
  public void close() {
    team.close();
    made.forEach(Network::close);
  }
}
