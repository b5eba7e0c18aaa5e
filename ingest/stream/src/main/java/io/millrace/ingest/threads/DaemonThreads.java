package io.millrace.ingest.threads;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that a process does not wait for at its end, by a name that tells whose they are. */
public final class DaemonThreads {
  private DaemonThreads() {}

  /** One, not started. */
  public static Thread named(String name, Runnable task) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** All of one name. */
  public static ThreadFactory factory(String name) {
    return task -> named(name, task);
  }

  /** All of one name, which get a processor only where no other thread wants it. */
  public static ThreadFactory ofLowPriority(String name) {
    return task -> {
      Thread thread = named(name, task);
      thread.setPriority(Thread.MIN_PRIORITY);
      return thread;
    };
  }

  /** Told apart by numbers from 1, which follow the prefix. */
  public static ThreadFactory numbered(String prefix) {
    var count = new AtomicInteger();
    return task -> named(prefix + count.incrementAndGet(), task);
  }
}
