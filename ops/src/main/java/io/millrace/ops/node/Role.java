package io.millrace.ops.node;

import io.millrace.ops.metrics.LogLines;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A part of the process that runs on a thread of its own until it is asked to stop. */
final class Role {
  private static final Logger log = LoggerFactory.getLogger(Role.class);

  /** The work; what it throws ends the role. */
  interface Body {
    void run() throws Exception;
  }

  private static final Set<Thread> STARTED = ConcurrentHashMap.newKeySet();

  private final String name;
  private final Runnable stopper;
  private final Thread thread;
  private volatile @Nullable Throwable failure;
  private volatile boolean stopAsked;

  /**
   * @param stopper asks the body to end; called from another thread, perhaps before it began
   */
  Role(String name, Body body, Runnable stopper) {
    this.name = name;
    this.stopper = stopper;
    this.thread =
        new Thread(
            () -> {
              try {
                LogLines.role(name);
                body.run();
              } catch (Throwable e) {
                failure = e;
                log.error("{} failed", name, e);
              } finally {
                STARTED.remove(Thread.currentThread());
              }
            },
            name);
  }

  String name() {
    return name;
  }

  Role start() {
    STARTED.add(thread);
    thread.start();
    return this;
  }

  /** Whether a role of this process still runs. */
  static boolean anyRuns() {
    return !STARTED.isEmpty();
  }

  /** Asks it to end. */
  void requestStop() {
    if (!stopAsked) {
      stopAsked = true;
      stopper.run();
    }
  }

  /** Waits for its end; returns whether it has ended. */
  boolean join(Duration most) {
    try {
      thread.join(Math.max(1, most.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  /** Whether it has ended and nobody asked it to. */
  boolean endedByItself() {
    return !thread.isAlive() && thread.getState() == Thread.State.TERMINATED && !stopAsked;
  }

  boolean running() {
    return thread.isAlive();
  }

  /** Why it ended by itself; null while it runs and after a clean end. */
  @Nullable Throwable failure() {
    return failure;
  }
}
