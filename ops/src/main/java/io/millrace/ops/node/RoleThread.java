package io.millrace.ops.node;

import io.millrace.ops.metrics.LogLines;
import io.millrace.ops.terminal.FailureText;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A role on a thread of its own. */
public final class RoleThread {
  private static final Logger log = LoggerFactory.getLogger(RoleThread.class);

  private static final Set<Thread> STARTED = ConcurrentHashMap.newKeySet();

  private final Role role;
  private final Thread thread;
  private volatile @Nullable Throwable failure;
  private volatile boolean stopAsked;

  public RoleThread(Role role) {
    this.role = role;
    this.thread =
        new Thread(
            () -> {
              try {
                LogLines.role(role.name());
                role.run();
              } catch (Throwable e) {
                failure = e;
                if (FailureText.isForUsers(e)) {
                  // Whoever started the role says the same again; --verbose shows the trace.
                  log.debug("{} failed", role.name(), e);
                } else {
                  log.error("{} failed", role.name(), e);
                }
              } finally {
                STARTED.remove(Thread.currentThread());
              }
            },
            role.name());
  }

  String name() {
    return role.name();
  }

  public RoleThread start() {
    STARTED.add(thread);
    thread.start();
    return this;
  }

  /** Whether a role of this process still runs. */
  public static boolean anyRuns() {
    return !STARTED.isEmpty();
  }

  /** Asks it to end. */
  public void requestStop() {
    if (!stopAsked) {
      stopAsked = true;
      role.stop();
    }
  }

  /** Waits for its end; returns whether it has ended. */
  public boolean join(Duration most) {
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

  public boolean running() {
    return thread.isAlive();
  }

  /** Why it ended by itself; null while it runs and after a clean end. */
  @Nullable
  public Throwable failure() {
    return failure;
  }
}
