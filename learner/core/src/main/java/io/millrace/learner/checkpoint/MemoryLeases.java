package io.millrace.learner.checkpoint;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Leases among learners of one process: for tests and for learning without Kafka. */
public final class MemoryLeases {
  private final Map<String, Lineage> byModel = new HashMap<>();

  /** A lease on a model, not yet acquired. */
  public WriterLease lease(String model) {
    return new MemoryLease(model);
  }

  private final class MemoryLease implements WriterLease {
    private final String model;
    private long epoch;

    MemoryLease(String model) {
      this.model = model;
    }

    @Override
    public Lineage look() {
      synchronized (byModel) {
        return byModel.getOrDefault(model, new Lineage(0, List.of()));
      }
    }

    @Override
    public Lineage acquire(long highestSeen) {
      synchronized (byModel) {
        Lineage before = byModel.getOrDefault(model, new Lineage(0, List.of()));
        epoch = Math.max(before.epoch(), highestSeen) + 1;
        Lineage granted = before.under(epoch);
        byModel.put(model, granted);
        return granted;
      }
    }

    @Override
    public void adopt(String store, @Nullable CheckpointName checkpoint) {
      synchronized (byModel) {
        byModel.put(model, held().adopted(store, checkpoint));
      }
    }

    @Override
    public void confirm(long step) {
      synchronized (byModel) {
        byModel.put(model, held().at(step));
      }
    }

    @Override
    public void form(Generation generation) {
      synchronized (byModel) {
        byModel.put(model, held().formed(generation));
      }
    }

    private Lineage held() {
      Lineage now = byModel.get(model);
      if (now == null || now.epoch() != epoch) {
        throw new FencedException(
            "model "
                + model
                + " has another learner: this one holds epoch "
                + epoch
                + ", the lease is at "
                + (now == null ? "none" : now.epoch()));
      }
      return now;
    }

    @Override
    public void close() {}
  }
}
