package io.millrace.ops.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into a request to stop, and lets the command end as it would by itself:
 * with its last checkpoint, its summary and its own exit code.
 */
final class RunUntilShutdown {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile int exitCode;
  private volatile boolean exiting;

  /** Listens to signals from now on. */
  static RunUntilShutdown listening() {
    var out = new RunUntilShutdown();
    Runtime.getRuntime().addShutdownHook(new Thread(out::onShutdown, "shutdown"));
    return out;
  }

  /** Whether somebody asked to stop. */
  boolean stopAsked() {
    return asked.getCount() == 0;
  }

  /** Asks to stop. */
  void stop() {
    asked.countDown();
  }

  /** Waits until somebody asks to stop, at most so long; returns whether somebody did. */
  boolean await(Duration most) throws InterruptedException {
    return asked.await(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Says that the command is over; a shutdown under way ends with this code. */
  void ended(int code) {
    exitCode = code;
    exiting = true;
    ended.countDown();
  }

  private void onShutdown() {
    if (exiting) {
      return;
    }
    asked.countDown();
    try {
      if (ended.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        // The default code would be 128 plus the signal, though everything ended well.
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(exitCode);
      }
      System.err.println(
          "millrace: did not end within " + PATIENCE.toSeconds() + " s of the signal; giving up");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
