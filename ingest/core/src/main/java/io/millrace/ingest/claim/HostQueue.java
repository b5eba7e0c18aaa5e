package io.millrace.ingest.claim;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fetches from one host: a bounded number at a time, so that no host takes another's place. A
 * place is free again once its thread has ended and its image was taken, which bounds the memory.
 *
 * <pre>
 * waiting ─▶ running ─▶ done ─▶ taken
 *    │          └─ time over ─▶ done; a thread that hangs keeps the place
 *    └─ all places hang ─▶ done
 * </pre>
 */
final class HostQueue {
  private static final Logger log = LoggerFactory.getLogger(HostQueue.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);
  private static final Duration TO_ABORT = Duration.ofSeconds(5);
  private static final long BETWEEN_WARNINGS = Duration.ofSeconds(30).toNanos();

  private final String host;
  private final ImageStore store;
  private final ClaimSettings settings;
  private final ExecutorService threads;
  private final ScheduledExecutorService clock;
  private final Deque<Fetch> waiting = new ArrayDeque<>();
  private int running;
  private int hung;
  private int unsaid;
  private long saidAt = System.nanoTime() - BETWEEN_WARNINGS;

  /**
   * @param threads as many as are asked for
   * @param clock ends what takes too long
   */
  HostQueue(
      String host,
      ImageStore store,
      ClaimSettings settings,
      ExecutorService threads,
      ScheduledExecutorService clock) {
    this.host = host;
    this.store = store;
    this.settings = settings;
    this.threads = threads;
    this.clock = clock;
  }

  /** Begins a fetch, or lets it wait for its turn. */
  synchronized ClaimFetch fetch(ClaimUrl url, Consumer<ClaimFetch> whenDone) {
    Fetch fetch = new Fetch(url, whenDone);
    waiting.add(fetch);
    startNext();
    return fetch;
  }

  private void startNext() {
    while (running < settings.perHost() && !waiting.isEmpty()) {
      running++;
      threads.execute(waiting.remove());
    }
    while (hung == settings.perHost() && !waiting.isEmpty()) {
      ClaimException why = ClaimException.failed("all fetches from " + host + " hang");
      waiting.remove().end(FetchOutcome.of(why, 0, 0));
    }
  }

  private void warn(ClaimUrl url, FetchOutcome outcome) {
    unsaid++;
    if (System.nanoTime() - saidAt >= BETWEEN_WARNINGS) {
      log.warn(
          "{} claims of {} were rejected, the last is {}: {}",
          unsaid,
          host,
          url.shown(),
          outcome.detail());
      unsaid = 0;
      saidAt = System.nanoTime();
    }
  }

  /** One image. Its fields belong to the queue's lock. */
  private final class Fetch implements ClaimFetch, Runnable {
    private final ClaimUrl url;
    private final Consumer<ClaimFetch> whenDone;
    private @Nullable FetchTime time;
    private @Nullable FetchOutcome outcome;
    private boolean threadEnded;
    private boolean hangs;
    private boolean taken;

    Fetch(ClaimUrl url, Consumer<ClaimFetch> whenDone) {
      this.url = url;
      this.whenDone = whenDone;
    }

    @Override
    public void run() {
      FetchTime own = new FetchTime(settings.timeLimit());
      synchronized (HostQueue.this) {
        time = own;
        if (taken) {
          own.end();
        }
      }
      var limit =
          clock.schedule(() -> overdue(own), settings.timeLimit().toNanos(), TimeUnit.NANOSECONDS);
      FetchOutcome result;
      try {
        result = attempts(own);
      } catch (RuntimeException | Error e) {
        log.error("fetching {} failed", url.shown(), e);
        result = FetchOutcome.of(ClaimException.failed("the fetch failed: " + e), 1, own.spent());
      }
      limit.cancel(false);
      synchronized (HostQueue.this) {
        threadEnded = true;
        if (hangs) {
          hung--;
        }
        end(result);
        release();
      }
    }

    private FetchOutcome attempts(FetchTime own) {
      Duration pause = FIRST_PAUSE;
      for (int attempt = 1; ; attempt++) {
        ClaimException why;
        try {
          if (own.isOver()) {
            return overdue(attempt - 1, own);
          }
          return new FetchOutcome(store.read(url.text(), own), null, "", attempt, own.spent());
        } catch (ClaimException e) {
          why = e;
        } catch (IOException e) {
          why = ClaimException.passing(e.toString());
        }
        try {
          if (!why.isPassing() || attempt == settings.attempts() || !own.pause(pause)) {
            return FetchOutcome.of(why, attempt, own.spent());
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return FetchOutcome.of(ClaimException.failed("interrupted"), attempt, own.spent());
        }
        pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
      }
    }

    private FetchOutcome overdue(int attempts, FetchTime own) {
      ClaimException why =
          ClaimException.failed(
              "not fetched within " + settings.timeLimit().toMillis() + " ms, the limit");
      return FetchOutcome.of(why, attempts, own.spent());
    }

    private void overdue(FetchTime own) {
      synchronized (HostQueue.this) {
        end(overdue(1, own));
      }
      own.end();
      clock.schedule(this::hang, TO_ABORT.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void hang() {
      synchronized (HostQueue.this) {
        if (!threadEnded) {
          hangs = true;
          hung++;
          log.warn("a fetch from {} hangs; {} of {} places do", host, hung, settings.perHost());
          startNext();
        }
      }
    }

    private void end(FetchOutcome how) {
      if (outcome == null) {
        outcome = how;
        if (!taken) {
          if (how.reason() != null) {
            warn(url, how);
          }
          whenDone.accept(this);
        }
      }
    }

    private void release() {
      if (threadEnded && taken) {
        running--;
        startNext();
      }
    }

    @Override
    public FetchOutcome take() {
      synchronized (HostQueue.this) {
        if (outcome == null || taken) {
          throw new IllegalStateException("the fetch goes on, or was taken");
        }
        taken = true;
        release();
        return outcome;
      }
    }

    @Override
    public void cancel() {
      FetchTime running;
      synchronized (HostQueue.this) {
        if (taken) {
          return;
        }
        taken = true;
        waiting.remove(this);
        release();
        running = time;
      }
      if (running != null) {
        running.end();
      }
    }
  }
}
