package io.millrace.ops.terminal;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * Turns Ctrl-C, SIGTERM and a closed terminal into a request to stop, and lets the command end as
 * it would by itself: with its last checkpoint, its summary and its own exit code. The JVM shuts
 * down only after that, so nothing that the command still opens is refused. A second Ctrl-C ends it
 * at once.
 */
public final class RunUntilShutdown {
  /** Longer than all that a command may wait for after it was asked to stop. */
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** By their numbers, which the exit code of a stopped program holds. */
  private static final Map<String, Integer> SIGNALS = Map.of("HUP", 1, "INT", 2, "TERM", 15);

  private static final int SIGNALED = 128;
  private static final int INTERRUPTED = SIGNALED + 2;

  /**
   * Within this time a Ctrl-C is the first one still: {@code timeout} and others signal a process,
   * and then its group.
   */
  private static final Duration SAME = Duration.ofMillis(500);

  private static final Set<RunUntilShutdown> LISTENING = ConcurrentHashMap.newKeySet();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Map<String, @Nullable Object> former = new HashMap<>();
  private volatile int code = INTERRUPTED;
  private long firstAt;

  /** Listens to signals from now on. */
  public static RunUntilShutdown listening() {
    var out = new RunUntilShutdown();
    LISTENING.add(out);
    SIGNALS.forEach(
        (name, number) ->
            out.former.put(name, Signals.register(name, () -> out.onSignal(SIGNALED + number))));
    return out;
  }

  /**
   * To be called between two steps of a long computation: native libraries must not be taken down
   * under it.
   *
   * @throws StoppedException once somebody asked a command that listens to stop
   */
  public static void requireGoOn() {
    LISTENING.stream()
        .filter(RunUntilShutdown::stopAsked)
        .findFirst()
        .ifPresent(
            stopped -> {
              throw new StoppedException(stopped.code);
            });
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

  /** Says that the command is over and has said all it had to say. */
  public static void ended() {
    LISTENING.forEach(
        l -> {
          l.former.forEach(
              (name, before) -> {
                if (before != null) {
                  Signals.unregister(name, before);
                }
              });
          l.ended.countDown();
        });
    LISTENING.clear();
  }

  /** On a thread of its own for each signal. */
  private void onSignal(int signaled) {
    if (!isFirst(signaled)) {
      if (signaled == INTERRUPTED && System.nanoTime() - firstAt > SAME.toNanos()) {
        LiveLine.closeOpen();
        Logs.complain("ended at once; left undone: " + Undone.all());
        dieOfInterrupt();
      }
      return;
    }
    try {
      if (!ended.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        Logs.complain("did not end within " + PATIENCE.toSeconds() + " s of the signal; giving up");
        halt(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean isFirst(int signaled) {
    if (stopAsked()) {
      return false;
    }
    code = signaled;
    firstAt = System.nanoTime();
    asked.countDown();
    return true;
  }

  /**
   * By what the system does at a Ctrl-C that nobody listens to: unlike {@link #halt} it runs no
   * native library's own ending, which would take memory from threads that still compute.
   */
  private static void dieOfInterrupt() {
    System.out.flush();
    System.err.flush();
    Signals.registerDefault("INT");
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      signal
          .getMethod("raise", signal)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"));
    } catch (ReflectiveOperationException e) {
      halt(INTERRUPTED); // a Java without the module of signals
    }
  }

  /** Ends the process at once: nothing is taken down under a thread that still computes. */
  public static void halt(int code) {
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(code);
  }
}
