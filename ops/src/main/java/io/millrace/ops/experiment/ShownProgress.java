package io.millrace.ops.experiment;

import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.StoppedException;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;

/** Progress of an experiment on its live line, once a second; also where it can be stopped. */
final class ShownProgress {
  private static final int EVERY_MILLIS = 1000;

  private final LiveLine line;
  private final Clock clock;
  private boolean any;
  private long shown;

  ShownProgress(LiveLine line, Clock clock) {
    this.line = line;
    this.clock = clock;
  }

  /**
   * To be called at every step.
   *
   * @param parts asked for only when they are shown, the most important one first
   * @throws StoppedException once somebody asked the command to stop
   */
  void show(Supplier<List<String>> parts) {
    RunUntilShutdown.requireGoOn();
    long now = clock.millis();
    if (!any || now - shown >= EVERY_MILLIS) {
      any = true;
      shown = now;
      line.show(parts.get());
    }
  }

  /** Shows what takes a while and can't say how far it is. */
  void begin(String what) {
    RunUntilShutdown.requireGoOn();
    line.show(List.of(what));
  }

  /** Says something that stays. */
  void say(String text) {
    line.say(text);
  }
}
