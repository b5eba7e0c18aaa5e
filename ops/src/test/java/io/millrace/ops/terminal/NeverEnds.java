package io.millrace.ops.terminal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * What {@code SecondInterruptTest} ends: a command that waits for ever once it was asked to stop.
 */
public final class NeverEnds {
  private NeverEnds() {}

  public static void main(String[] args) throws InterruptedException {
    var shutdown = RunUntilShutdown.listening();
    Undone.unlessClosed(() -> "done").close();
    Undone.unlessClosed(() -> "the first thing");
    Undone.unlessClosed(() -> "");
    Undone.unlessClosed(() -> "the second thing");
    System.out.println("at work");
    shutdown.await(Duration.ofDays(1));
    System.out.println("stopping");
    new CountDownLatch(1).await();
  }
}
