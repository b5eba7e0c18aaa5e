package io.millrace.ops.node;

import io.millrace.ingest.decode.DecodeListener;
import java.util.concurrent.CountDownLatch;

/**
 * Ends the process for a restart when decoding threads hang: Java can't end them, and each keeps
 * its memory and, where it was the caller's own, its role.
 */
final class DecodeGuard implements DecodeListener {
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile int lost;

  /** Fails once a restart is needed. */
  Role role() {
    return new Role("decoding", this::run, over::countDown);
  }

  @Override
  public void decodeHung(int hungThreads, boolean restartNeeded) {
    if (restartNeeded) {
      lost = hungThreads;
      over.countDown();
    }
  }

  private void run() throws InterruptedException {
    over.await();
    int hung = lost;
    if (hung > 0) {
      throw new IllegalStateException(
          hung
              + (hung == 1 ? " thread hangs" : " threads hang")
              + " in a decoder that ignores its time limit: only a new process frees them");
    }
  }
}
