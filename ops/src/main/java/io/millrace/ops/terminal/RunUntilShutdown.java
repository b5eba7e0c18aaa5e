package io.millrace.ops.terminal;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into a request to stop, and lets the command end as it would by itself:
 * with its last checkpoint, its summary and its own exit code.
 */
public final class RunUntilShutdown {
  /** Longer than all that a command may wait for after it was asked to stop. */
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private static final Set<RunUntilShutdown> LISTENING = ConcurrentHashMap.newKeySet();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile int exitCode;
  private volatile boolean exiting;

  /** Listens to signals from now on. */
  public static RunUntilShutdown listening() {
    var out = new RunUntilShutdown();
    LISTENING.add(out);
    Runtime.getRuntime().addShutdownHook(new Thread(out::onShutdown, "shutdown"));
    return out;
  }

  /**
   * To be called between two steps of a long computation: native libraries must not be taken down
   * under it.
   *
   * @throws StoppedException once somebody asked a command that listens to stop
   */
  public static void requireGoOn() {
    if (LISTENING.stream().anyMatch(RunUntilShutdown::stopAsked)) {
      throw new StoppedException();
    }
  }

  /** Whether somebody asked to stop. */
  public boolean stopAsked() {
    return asked.getCount() == 0;
  }

  /** Asks to stop. */
  void stop() {
    asked.countDown();
  }

  /** Waits until somebody asks to stop, at most so long; returns whether somebody did. */
  public boolean await(Duration most) throws InterruptedException {
    return asked.await(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Says that the command is over and has said all it had to say; a shutdown under way ends with
   * this code.
   */
  public static void ended(int code) {
    LISTENING.forEach(
        l -> {
          l.exitCode = code;
          l.exiting = true;
          l.ended.countDown();
        });
    LISTENING.clear();
  }

  private void onShutdown() {
    if (exiting) {
      return;
    }
    asked.countDown();
    try {
      if (ended.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        // The default code would be 128 plus the signal, though everything ended well.
        halt(exitCode);
      }
      Logs.complain("did not end within " + PATIENCE.toSeconds() + " s of the signal; giving up");
      halt(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the process at once: nothing is taken down under a thread that still computes. */
  public static void halt(int code) {
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }
}
