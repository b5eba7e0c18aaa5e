package io.millrace.learner.checkpoint;

import io.millrace.ingest.threads.DaemonThreads;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts checkpoints into object storage on a thread of its own, always the latest one. A failure is
 * told and tried again; whoever saves waits for nothing.
 */
final class CheckpointUploads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointUploads.class);

  /** What is done there. */
  interface Work {
    /** Comes first. */
    void mark() throws IOException;

    void put(CheckpointName name) throws IOException;
  }

  private final Work work;
  private final UploadListener listener;
  private final Duration pause;
  private final Set<CheckpointName> pinned = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private @Nullable CheckpointName next;
  private boolean closing;

  /**
   * Begins.
   *
   * @param pause between a failure and the next try
   */
  CheckpointUploads(Work work, UploadListener listener, Duration pause) {
    this.work = work;
    this.listener = listener;
    this.pause = pause;
    this.thread = DaemonThreads.named("checkpoint-uploads", this::run);
    thread.start();
  }

  /** Asks for a checkpoint to be put; one that still waits gives way to it. */
  synchronized void offer(CheckpointName name) {
    if (next != null) {
      pinned.remove(next);
    }
    pinned.add(name);
    next = name;
    notifyAll();
  }

  /** Those whose files are needed yet. */
  Set<CheckpointName> pinned() {
    return pinned;
  }

  private void run() {
    try {
      // Once: the first checkpoint there tells as much.
      attempt(work::mark, "leave a mark");
      for (CheckpointName name = take(); name != null; name = take()) {
        CheckpointName now = name;
        long began = System.nanoTime();
        if (attempt(() -> work.put(now), "put " + now)) {
          pinned.remove(now);
          listener.uploaded(now, System.nanoTime() - began);
        } else {
          again(now);
        }
      }
    } catch (InterruptedException e) {
      LOG.warn("checkpoints are no longer put into object storage: interrupted");
    }
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private boolean attempt(Attempt attempt, String what) {
    try {
      attempt.run();
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.error("could not {} in object storage: {}", what, e.getMessage());
      listener.failed();
      return false;
    }
  }

  /** The next one; null at the end. */
  private synchronized @Nullable CheckpointName take() throws InterruptedException {
    while (next == null && !closing) {
      wait();
    }
    CheckpointName taken = next;
    next = null;
    return taken;
  }

  /** After a failure: the same again, unless another one came meanwhile or this was at the end. */
  private synchronized void again(CheckpointName failed) throws InterruptedException {
    boolean last = closing;
    if (!last && next == null) {
      wait(pause.toMillis());
    }
    if (!last && next == null) {
      next = failed;
    } else {
      pinned.remove(failed);
    }
  }

  /** Waits for the latest checkpoint, up to a limit; then it ends. */
  void finish(Duration most) {
    synchronized (this) {
      closing = true;
      notifyAll();
    }
    try {
      thread.join(most.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("the latest checkpoint is in the data folder alone: putting it takes too long");
    }
  }

  /** Lets it end after what it does now. */
  @Override
  public synchronized void close() {
    closing = true;
    next = null;
    notifyAll();
  }
}
