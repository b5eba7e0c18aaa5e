package io.millrace.learner.group;

import io.millrace.ingest.threads.DaemonThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the shards of this process as one program each, one at a time: an engine is used by one
 * thread at once. A shard runs until it needs what all of them have ({@link #together}); then the
 * next one does, and the last makes it of everybody's.
 *
 * <pre>
 * shard 0 ──▶ together ─┐              ┌─▶ …
 * shard 1               └▶ ──▶ together ┤ combine, then shard 0 again
 * </pre>
 *
 * One shard runs on the caller's thread.
 */
public final class ShardTeam implements AutoCloseable {
  private final int size;
  private final @Nullable ExecutorService threads;
  private final Object baton = new Object();
  private final List<Object> given = new ArrayList<>();
  private int turn;
  private int finished;
  private @Nullable Object result;
  private @Nullable Throwable failure;

  /** Another shard failed; what it failed by is thrown to the caller of {@link #run}. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  ShardTeam(int size) {
    this.size = size;
    this.threads =
        size == 1
            ? null
            : Executors.newFixedThreadPool(size, DaemonThreads.factory("millrace-learner-shard"));
  }

  /** Shards of this process. */
  public int size() {
    return size;
  }

  /**
   * Runs every shard to its end.
   *
   * @param work told the number of the shard in this process
   * @throws RuntimeException what a shard has thrown first
   */
  public void run(IntConsumer work) {
    ExecutorService pool = threads;
    if (pool == null) {
      work.accept(0);
      return;
    }
    synchronized (baton) {
      turn = 0;
      finished = 0;
      failure = null;
      result = null;
      given.clear();
    }
    var done = new CountDownLatch(size);
    for (int i = 0; i < size; i++) {
      int shard = i;
      pool.execute(
          () -> {
            try {
              runOne(shard, work);
            } finally {
              done.countDown();
            }
          });
    }
    await(done);
    synchronized (baton) {
      result = null;
      given.clear();
      rethrow(failure);
    }
  }

  private void runOne(int shard, IntConsumer work) {
    try {
      awaitTurn(shard);
      work.accept(shard);
      synchronized (baton) {
        if (!given.isEmpty()) {
          throw new IllegalStateException(
              "shard " + shard + " has ended while others wait for it: expected the same of all");
        }
      }
    } catch (RuntimeException | Error e) {
      synchronized (baton) {
        if (failure == null && !(e instanceof Abandoned)) {
          failure = e;
        }
      }
    } finally {
      synchronized (baton) {
        finished++;
        pass(shard);
      }
    }
  }

  /**
   * Gives something and waits for what is made of everybody's; made once, by the last.
   *
   * @param combine of what the shards gave, in their order
   */
  public <I extends Object, R extends @Nullable Object> R together(
      int shard, I own, Function<List<I>, R> combine) {
    if (size == 1) {
      return combine.apply(List.of(own));
    }
    synchronized (baton) {
      if (shard > 0 && (given.size() != shard || finished > 0)) {
        throw new IllegalStateException(
            "shard " + shard + " waits for others that have ended: expected the same of all");
      }
      given.add(own);
      if (shard == size - 1) {
        result = combine.apply(gifts());
        given.clear();
      }
      pass(shard);
    }
    awaitTurn(shard);
    return made();
  }

  /** Every shard gave an {@code I}: all run the same program. */
  @SuppressWarnings("unchecked")
  private <I extends Object> List<I> gifts() {
    return (List<I>) List.copyOf(given);
  }

  @SuppressWarnings("unchecked")
  private <R extends @Nullable Object> R made() {
    synchronized (baton) {
      return (R) result;
    }
  }

  private void pass(int shard) {
    turn = (shard + 1) % size;
    baton.notifyAll();
  }

  private void awaitTurn(int shard) {
    boolean interrupted = false;
    synchronized (baton) {
      while (turn != shard) {
        try {
          baton.wait();
        } catch (InterruptedException e) {
          interrupted = true; // the shard whose turn it is can't be left in the middle
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failure != null) {
        throw new Abandoned();
      }
    }
  }

  private static void await(CountDownLatch done) {
    boolean interrupted = false;
    while (true) {
      try {
        done.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void rethrow(@Nullable Throwable failed) {
    if (failed instanceof RuntimeException e) {
      throw e;
    }
    if (failed instanceof Error e) {
      throw e;
    }
  }

  @Override
  public void close() {
    ExecutorService pool = threads;
    if (pool != null) {
      pool.shutdown();
    }
  }
}
