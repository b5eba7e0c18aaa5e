package io.millrace.learner.testing;

import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.learner.loop.LearnerLoop;
import java.util.concurrent.locks.LockSupport;

/** Asks a learner to stop once it has learned from all that its log holds; until closed. */
public final class StopAtTheEnd implements AutoCloseable {
  private static final long LOOK_NANOS = 200_000;

  private volatile boolean closed;

  public StopAtTheEnd(LearnerLoop loop) {
    DaemonThreads.named(
            "stop-at-the-end",
            () -> {
              while (!closed && loop.status().caughtUpTo() == null) {
                LockSupport.parkNanos(LOOK_NANOS);
              }
              loop.requestStop();
            })
        .start();
  }

  @Override
  public void close() {
    closed = true;
  }
}
